import type { Place } from "../tes/place.ts";
import { recorded, recordOf, runAt } from "./carry-out-command.ts";
import { isSuccess, reasonOf } from "./ending.ts";
import { stopSignals } from "./stop-signals.ts";
import type { Running } from "./whole-transaction.ts";

/**
 * Undoes, where it was done, what has failed; what it prints is kept as `rollback-stdout.log`.
 * @returns how that ended, for the reason of the failure.
 */
export async function carryOutRollback(
  running: Running,
  command: readonly string[],
  place: Place | undefined,
): Promise<string> {
  const { id, manager, app } = running;
  const stop = stopSignals(app); // a signal that stopped the work does not stop this
  try {
    const outcome = await recorded(running, "rollback-", (sinks) =>
      runAt({ ...running, stop }, { command, place }, sinks),
    );
    await manager.update(id, { rollback: { command, ...recordOf(outcome) } });
    return isSuccess(outcome) ? "rolled back" : `not rolled back: ${reasonOf("rollback", outcome)}`;
  } catch (error) {
    return `not rolled back: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    stop.dispose();
  }
}
