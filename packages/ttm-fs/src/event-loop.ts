/** Lets the event loop turn now and then, though everything that is awaited is ready at once. */
export interface EventLoop {
  /** Whether it has been a while. */
  isDue(): boolean;
  /** Resolves after the loop has turned; all who wait go on together. */
  turn(): Promise<void>;
}

/** Often enough for timers, signals and other connections; far too seldom to cost anything. */
const A_WHILE_MS = 5;

/**
 * Makes one for a store. Its calls are mostly synchronous inside, so a caller who awaits them in a loop
 * would keep timers, signals and the flushes of others from ever being noticed.
 */
export function eventLoop(): EventLoop {
  let turned = performance.now();
  let next: Promise<void> | undefined;
  return {
    isDue: () => performance.now() - turned > A_WHILE_MS,
    turn() {
      next ??= new Promise((resolve) => {
        setImmediate(() => {
          turned = performance.now();
          next = undefined;
          resolve();
        });
      });
      return next;
    },
  };
}
