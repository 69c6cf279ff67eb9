import { isSystemError } from "@tetra/durable-fs";

/** `kill(2)`: `false` when there is no such process. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  // 0, -1 and groups are never meant
  if (pid < 2) throw new Error(`refused to signal pid ${pid}`);
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (isSystemError(error, "ESRCH")) return false;
    throw error;
  }
}
