import type { StopSignal } from "@tetra/cli-kit";
import type { App } from "../app.ts";

/** The signals that told this program to stop, from when it was made until it is disposed of. */
export interface Stop {
  /** The first one. */
  readonly signal: StopSignal | undefined;
  /** Calls back for each further one, and at once when there was one already. */
  listen(heard: (signal: StopSignal, count: number) => void): void;
  dispose(): void;
}

/** Starts taking the signals that would end the program. */
export function stopSignals({ onStop }: Pick<App, "onStop">): Stop {
  let signal: StopSignal | undefined;
  let count = 0;
  let tell = (_signal: StopSignal, _count: number): void => {};
  const dispose = onStop((next) => {
    signal ??= next;
    count += 1;
    tell(next, count);
  });
  return {
    get signal() {
      return signal;
    },
    listen(heard) {
      tell = heard;
      if (signal !== undefined) heard(signal, count);
    },
    dispose,
  };
}

/** A stop that is told by an abort, as a polite signal to end. */
export function stopOnAbort(abort: AbortSignal): Stop {
  return {
    get signal() {
      return abort.aborted ? "SIGTERM" : undefined;
    },
    listen(heard) {
      if (abort.aborted) heard("SIGTERM", 1);
      else abort.addEventListener("abort", () => heard("SIGTERM", 1), { once: true });
    },
    dispose: () => {},
  };
}
