import { type FileSystem, nodeFileSystem, readFile } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import { join } from "node:path/posix";
import type { MonitoringErrorCode } from "./errors.ts";
import { parseTriggers, type Trigger } from "./trigger.ts";

/** Where triggers are. @param folder the service manager's, `$TETRA_DIR/tsm` */
export function triggerFile(folder: string): string {
  return join(folder, "config/triggers.conf");
}

/**
 * Reads the triggers of a folder; without a file there are none. What stands in it is executed, so a file
 * that others may write to is refused.
 * @param folder the service manager's, `$TETRA_DIR/tsm`
 * @throws TetraError `INVALID_TRIGGER`
 */
export function readTriggers(
  folder: string,
  fs: FileSystem = nodeFileSystem(),
): readonly Trigger[] {
  const path = triggerFile(folder);
  const stat = fs.stat(path);
  if (stat === undefined) return [];
  if (stat.kind !== "file") throw refused(path, "is no file", "make it a file of your own");
  if ((stat.mode & 0o022) !== 0) {
    throw refused(path, "others may write to it, and it is executed", `chmod 600 ${path}`);
  }
  return parseTriggers(new TextDecoder().decode(readFile(fs, path)), path);
}

function refused(path: string, what: string, hint: string): TetraError {
  return new TetraError<MonitoringErrorCode>("INVALID_TRIGGER", `${path}: ${what}`, {
    hint,
    details: { file: path },
  });
}
