import { isTetraError } from "@tetra/errors";
import type { Outcome } from "../run/ending.ts";
import { reasonOf, statusOf } from "../run/ending.ts";
import type { Ended, Running } from "../run/whole-transaction.ts";

/** Does something that a signal aborts: then it ended as a stopped command does. */
export async function interruptible(
  verb: string,
  { stop, app }: Running,
  work: (signal: AbortSignal) => Promise<Ended>,
): Promise<Ended> {
  const startedMs = app.clock.now();
  const controller = new AbortController();
  stop.listen(() => controller.abort());
  try {
    return await work(controller.signal);
  } catch (error) {
    // Ctrl-C reaches ssh as well: its connection may be gone before it was told to abort
    if (stop.signal === undefined || !isTetraError(error)) throw error;
    const outcome: Outcome = {
      ending: { type: "killed", signal: stop.signal },
      stoppedBy: stop.signal,
      durationMs: Math.max(0, app.clock.now() - startedMs),
    };
    return { status: statusOf(outcome), reason: reasonOf(verb, outcome) };
  } finally {
    app.progress.clear();
  }
}

/** How a transfer ended whose content was compared on both sides. */
export function compared(here: string, there: string): Ended {
  if (here === there) return { status: 0 };
  return { status: 1, reason: `digests differ: sha256 ${here} here, ${there} there` };
}
