import type { App } from "./app.ts";

/** 128 + the signal's number, as shells have it. */
const STATUS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Follows something until a signal says to stop, or until nobody reads any more.
 * @returns the exit status: 0, or that of the signal, as shells have it.
 */
export async function following(
  { out, onStop }: Pick<App, "out" | "onStop">,
  follow: (signal: AbortSignal) => Promise<void>,
): Promise<number> {
  const controller = new AbortController();
  let status = 0;
  const dispose = onStop((signal) => {
    status ||= STATUS[signal];
    controller.abort();
  });
  out.onClosed(() => controller.abort());
  try {
    await follow(controller.signal);
    return status;
  } finally {
    dispose();
  }
}
