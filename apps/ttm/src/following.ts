import type { App } from "./app.ts";

/** 128 + the signal's number, as shells have it. */
const STATUS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Follows something until it ends, until a signal says to stop, or until nobody reads any more.
 * @returns the exit status: what `follow` returns, 0 by default; of a signal, as shells have it.
 */
export async function following(
  { out, onStop }: Pick<App, "out" | "onStop">,
  follow: (signal: AbortSignal) => Promise<number | void>,
): Promise<number> {
  const controller = new AbortController();
  let stopped: number | undefined;
  const dispose = onStop((signal) => {
    stopped ??= STATUS[signal];
    controller.abort();
  });
  out.onClosed(() => controller.abort());
  try {
    const status = await follow(controller.signal);
    return stopped ?? status ?? 0;
  } finally {
    dispose();
  }
}
