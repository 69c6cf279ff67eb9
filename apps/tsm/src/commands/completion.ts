import { completionScript, SHELLS, usageError } from "@tetra/cli-kit";
import type { TsmRun } from "../app.ts";

/** `tsm completion <shell>` */
export const run: TsmRun = async (args, { out }) => {
  const name = args.at(0);
  const shell = SHELLS.find((each) => each === name);
  if (shell === undefined) {
    throw usageError(
      `completion: no script for ${JSON.stringify(name)}`,
      `use one of ${SHELLS.join(", ")}`,
    );
  }
  out.data(completionScript(shell, "tsm"));
};
