import { type Arguments, parseDuration, usageError } from "@tetra/cli-kit";
import type { App } from "../app.ts";

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

/** Shows again and again, on a terminal in the same place, until Ctrl-C or nobody reads. */
export async function watchList({ app, args, show }: Watching): Promise<void> {
  const everyMs = intervalOf(args);
  let isOver = false;
  let wake = (): void => {};
  const end = (): void => {
    isOver = true;
    wake();
  };
  const ignore = app.onStop(end);
  app.out.onClosed(end);
  try {
    for (;;) {
      if (app.out.mode === "terminal") app.out.bytes(Buffer.from(HOME_AND_CLEAR));
      await show();
      if (isOver) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (isOver) return;
    }
  } finally {
    ignore();
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
