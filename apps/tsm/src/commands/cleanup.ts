import { describeExit } from "@tetra/tsm";
import { actOnEach } from "../act-on-each.ts";
import type { TsmRun } from "../app.ts";
import { openedServices } from "../opened-services.ts";

/** `tsm cleanup` */
export const run: TsmRun = async (_args, app) => {
  const services = openedServices(app);
  const all = services.names();
  const crashed = all.filter((name) =>
    ["crashed", "given up"].includes(services.observe(name).status),
  );
  return actOnEach(app, {
    levels: [crashed],
    async act(name) {
      const { exit } = services.observe(name).observed;
      await services.remove(name);
      const how = exit === undefined ? "" : ` (${describeExit(exit)})`;
      const message = `tsm: removed '${name}'${how}`;
      if (app.out.mode !== "json") app.out.print(message);
      return { message, data: { name } };
    },
    summary: (removed) =>
      `Summary: Checked ${all.length} processes, removed ${removed} crashed processes`,
  });
};
