import type { StopSignal } from "@tetra/cli-kit";
import { constants } from "node:os";
import type { App } from "./app.ts";

/** Whether somebody asked this program to end. */
export interface Interruption {
  /** The signal; `undefined`: nobody did. */
  readonly signal: StopSignal | undefined;
  /** Aborted then: for waits that may be given up, because nothing is left half done by that. */
  readonly asked: AbortSignal;
}

/**
 * Carries out a change that should not be left half done: the first Ctrl-C only says so and is heard
 * between two steps, the next one ends the program, as it would have ended it at once. Whatever the
 * moment, nothing is lost by that: services tell themselves what became of them.
 */
export async function undisturbed(
  { err, onStop, end }: Pick<App, "err" | "onStop" | "end">,
  work: (interruption: Interruption) => Promise<number>,
): Promise<number> {
  let signal: StopSignal | undefined;
  const asked = new AbortController();
  const ignore = onStop((next) => {
    if (signal !== undefined) {
      end(statusOf(signal));
      return;
    }
    signal = next;
    err.print("finishing what was begun; once more to leave it as it is");
    asked.abort();
  });
  try {
    const status = await work({
      asked: asked.signal,
      get signal() {
        return signal;
      },
    });
    return signal === undefined ? status : statusOf(signal);
  } finally {
    ignore();
  }
}

/** As shells have it: 128 and the signal's number. */
function statusOf(signal: StopSignal): number {
  return 128 + constants.signals[signal];
}
