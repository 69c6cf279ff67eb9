import type { TsmRun } from "../../app.ts";
import { allKnown, observed } from "../known.ts";
import { listBox } from "../list-box.ts";
import { recordOfKnown, rowOf } from "../records.ts";

/** `tpm list` */
export const run: TsmRun = async (_args, app) => {
  const services = allKnown(app).map(observed);
  const nowMs = app.now();
  if (app.out.mode === "json") {
    app.out.json({ services: services.map((each) => recordOfKnown(each, nowMs)) });
  } else app.out.printAll(listBox(services.map((each) => rowOf(each, nowMs))));
};
