import { familyHelp } from "@tetra/cli-kit";
import type { TsmRun } from "../app.ts";

/** `tsm doctor help` */
export const run: TsmRun = async (_args, { out }) => {
  const { COMMAND_LINE } = await import("../command-line.ts");
  out.printAll(familyHelp(COMMAND_LINE, "doctor"));
};
