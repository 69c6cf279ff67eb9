import { accessSync, constants, statSync } from "node:fs";

/** Whether there is a file at the path that may be executed. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // whatever the reason, it cannot be run
    return false;
  }
}
