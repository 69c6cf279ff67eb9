import { isSystemError } from "@tetra/durable-fs";

/** Whether a write was refused for want of room, on the disk or in what the user may have of it. */
export function isDiskFull(error: unknown): boolean {
  return isSystemError(error, "ENOSPC") || isSystemError(error, "EDQUOT");
}
