import { actOnEach } from "../../act-on-each.ts";
import type { TsmRun } from "../../app.ts";
import { stopService } from "../../stop-service.ts";
import { known, observed } from "../known.ts";

/** How long TPM waits before it kills. */
const STOP_MS = 3000;

/** `tpm stop <name|*>` */
export const run: TsmRun = async (args, app) => {
  const word = args.at(0) ?? "";
  const all = known(app, word);
  // of all, those that do not run are no mistake
  const items =
    word === "*" ? all.filter((each) => observed(each).observed.main !== undefined) : all;
  return actOnEach(app, {
    levels: [items],
    act: ({ services, name }) =>
      stopService(app, { services, name, options: { timeoutMs: STOP_MS } }),
  });
};
