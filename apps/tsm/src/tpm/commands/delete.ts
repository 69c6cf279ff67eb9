import { actOnEach } from "../../act-on-each.ts";
import type { TsmRun } from "../../app.ts";
import { known, removeLeft } from "../known.ts";

/** `tpm delete <name|*>` */
export const run: TsmRun = async (args, app) =>
  actOnEach(app, {
    levels: [known(app, args.at(0) ?? "")],
    async act({ services, name, isLeft }) {
      await services.remove(name, { timeoutMs: 0 });
      if (isLeft) removeLeft(app, name);
      const message = `tpm: deleted '${name}'`;
      if (app.out.mode !== "json") app.out.print(message);
      return { message, data: { name } };
    },
  });
