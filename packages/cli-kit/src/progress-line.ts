import type { Sink } from "./sink.ts";
import { visible } from "./visible-text.ts";

/** A line on standard error that tells how far a long job is, and goes away when it is done. */
export interface ProgressLine {
  show(job: string, done: number, total: number): void;
  /** Takes the line away, if there is one. Must be called before anything else is written. */
  clear(): void;
}

const CLEAR_LINE = "\r\u001b[K";
/** Jobs shorter than this are not worth a flicker. */
const PATIENCE_MS = 400;

/** Makes a progress line; off a terminal it shows nothing. `now` is in milliseconds. */
export function progressLine(sink: Sink, now: () => number): ProgressLine {
  let shown = "";
  let startedMs: number | undefined;

  function put(text: string): void {
    if (text === shown) return;
    shown = text;
    sink.write(CLEAR_LINE + text);
  }

  return {
    show(job, done, total) {
      if (!sink.isTerminal) return;
      startedMs ??= now();
      if (now() - startedMs < PATIENCE_MS) return;
      const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
      put(visible(`${job}: ${percent}% (${done} of ${total})`));
    },
    clear() {
      startedMs = undefined;
      put("");
    },
  };
}
