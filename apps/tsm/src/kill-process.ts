import { TetraError } from "@tetra/errors";
import { isAlive, signalProcess, systemClock, systemPlatform } from "@tetra/tsm";
import type { TsmCliErrorCode } from "./errors.ts";

const KILL_MS = 3000;
const LOOK_MS = 20;

/**
 * Ends one process that is no service: asks, waits, kills. Who has the pid is looked at before each signal.
 * @throws TetraError `NOT_KILLED`
 */
export async function killProcess(pid: number, timeoutMs: number): Promise<void> {
  const platform = systemPlatform();
  const process = platform.process(pid);
  if (process === undefined) return;
  const end = async (signal: NodeJS.Signals, limitMs: number): Promise<boolean> => {
    if (signalProcess(platform, process, signal) === "refused") throw notKilled(pid);
    const giveUpMs = systemClock.now() + limitMs;
    while (isAlive(platform, process)) {
      if (systemClock.now() >= giveUpMs) return false;
      await systemClock.sleep(LOOK_MS);
    }
    return true;
  };
  if (timeoutMs > 0 && (await end("SIGTERM", timeoutMs))) return;
  if (await end("SIGKILL", KILL_MS)) return;
  throw notKilled(pid);
}

function notKilled(pid: number): TetraError<TsmCliErrorCode> {
  return new TetraError("NOT_KILLED", `PID ${pid} could not be ended`, {
    hint: "end it as the user it belongs to",
    details: { pid },
  });
}
