import type { TsmRun } from "../../app.ts";
import { allKnown, observed } from "../known.ts";
import { baseOf } from "../records.ts";

/** `tpm ports` */
export const run: TsmRun = async (_args, app) => {
  const ports = allKnown(app).flatMap((each) => {
    const { name, port } = observed(each).meta;
    return port === undefined ? [] : [{ process: baseOf(name), port }];
  });
  if (app.out.mode === "json") app.out.json({ ports });
  else app.out.printAll(ports.map(({ process, port }) => [`Process: ${process}, Port: ${port}`]));
};
