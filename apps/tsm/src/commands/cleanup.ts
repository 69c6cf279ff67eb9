import { describeExit, readableServices, type Service } from "@tetra/tsm";
import { actOnEach } from "../act-on-each.ts";
import type { TsmRun } from "../app.ts";
import { openedServices } from "../opened-services.ts";

/** `tsm cleanup` */
export const run: TsmRun = async (_args, app) => {
  const services = openedServices(app);
  const all = services.names();
  const crashed = readableServices(services).filter(
    ({ status }) => status === "crashed" || status === "given up",
  );
  let removed = 0;
  return actOnEach(app, {
    levels: [crashed],
    async act({ meta: { name, generation }, observed }) {
      const isRemoved = await services.remove(name, { onlyIfOver: generation });
      if (isRemoved) removed += 1;
      const message = isRemoved
        ? `tsm: removed '${name}'${howText(observed)}`
        : `tsm: '${name}' was started meanwhile, and stays`;
      if (app.out.mode !== "json") app.out.print(message);
      return { message, data: { name, removed: isRemoved } };
    },
    summary: () => `Summary: Checked ${all.length} processes, removed ${removed} crashed processes`,
  });
};

function howText({ exit }: Service["observed"]): string {
  return exit === undefined ? "" : ` (${describeExit(exit)})`;
}
