import { type Arguments, parseDuration, usageError } from "@tetra/cli-kit";
import { systemClock } from "@tetra/tsm";
import type { App } from "../app.ts";
import { onEvents } from "./on-events.ts";

const HOME_AND_CLEAR = "\u001b[H\u001b[J";
const DEFAULT_MS = 1000;
const LEAST_MS = 100;

/** What watching takes. */
export interface Watching {
  readonly app: App;
  readonly args: Arguments;
  /** Looks, and shows. */
  readonly show: () => Promise<void>;
}

/**
 * Shows again and again, on a terminal in the same place, until Ctrl-C or nobody reads: when the daemon
 * tells that something has happened, and otherwise at the interval.
 */
export async function watchList({ app, args, show }: Watching): Promise<void> {
  const everyMs = intervalOf(args);
  const over = new AbortController();
  const end = (): void => over.abort();
  let wake = new AbortController();
  const ignore = app.onStop(end);
  app.out.onClosed(end);
  const listening = onEvents(app.places().folder, {
    onEvent: () => wake.abort(),
    retryMs: everyMs,
    signal: over.signal,
  });
  listening.catch(end); // and thrown below
  try {
    while (!over.signal.aborted) {
      wake = new AbortController(); // what happens while it looks is shown by the next
      if (app.out.mode === "terminal") app.out.bytes(Buffer.from(HOME_AND_CLEAR));
      await show();
      // a flood of events is shown as one
      await systemClock.sleep(LEAST_MS, over.signal);
      const either = AbortSignal.any([over.signal, wake.signal]);
      await systemClock.sleep(everyMs - LEAST_MS, either);
    }
  } finally {
    over.abort();
    ignore();
    await listening;
  }
}

function intervalOf(args: Arguments): number {
  const text = args.value("interval");
  if (text === undefined) return DEFAULT_MS;
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= LEAST_MS) return ms;
  throw usageError(
    `--interval: ${JSON.stringify(text)} is no time`,
    "use a time from 100ms on, such as 500ms or 2s",
  );
}
