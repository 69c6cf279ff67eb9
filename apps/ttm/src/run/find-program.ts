import type { Environment } from "@tetra/cli-kit";
import { accessSync, constants, statSync } from "node:fs";
import { resolve } from "node:path";

/** What the C library takes where PATH is not set. */
const STANDARD_PATH = "/bin:/usr/bin";

/**
 * Why a command cannot be started, in the system's words: it is looked for as execvp(3) does.
 * @returns nothing when it can.
 */
export function whyNotStarted(
  command: string,
  { env, cwd }: { readonly env: Environment; readonly cwd: string },
): "ENOENT" | "EACCES" | undefined {
  const folders = command.includes("/") ? [""] : (env["PATH"] ?? STANDARD_PATH).split(":");
  let why: "ENOENT" | "EACCES" = "ENOENT";
  if (command === "") return why;
  for (const folder of folders) {
    const file = resolve(cwd, folder, command);
    if (statSync(file, { throwIfNoEntry: false }) === undefined) continue;
    if (isProgram(file)) return undefined;
    why = "EACCES"; // another folder may have one that can be started
  }
  return why;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
