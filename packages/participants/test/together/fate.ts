/** The life of a process in a test: it ends before or right after one of its steps. */
export interface Fate {
  /** Does a step, one at a time. A dead process does none, and nobody ever hears from it again. */
  step<T>(name: string, run: () => Promise<T>): Promise<T>;
  /** The points it has passed: two of each step. */
  readonly points: readonly string[];
  /** Lets a process live until it dies. @returns whether it has come to its end before that. */
  live(work: () => Promise<unknown>): Promise<boolean>;
}

/** A process that dies at the given point, counted from 1; without one it lives. */
export function fate(diesAt: number = Number.POSITIVE_INFINITY): Fate {
  const points: string[] = [];
  let die = (): void => undefined;
  const death = new Promise<false>((resolve) => {
    die = () => resolve(false);
  });
  let lastStep: Promise<unknown> = Promise.resolve();

  const pass = async (point: string): Promise<void> => {
    points.push(point);
    if (points.length < diesAt) return;
    die();
    await new Promise(() => undefined);
  };
  const take = async <T>(name: string, run: () => Promise<T>): Promise<T> => {
    await pass(`before ${name}`);
    try {
      return await run();
    } finally {
      await pass(`after ${name}`);
    }
  };

  return {
    points,
    step(name, run) {
      const going = lastStep.then(() => take(name, run));
      lastStep = going.catch(() => undefined);
      return going;
    },
    live: (work) => Promise.race([work().then(() => true), death]),
  };
}
