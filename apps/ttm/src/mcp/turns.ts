import { TetraError } from "@tetra/errors";
import type { TtmErrorCode } from "../errors.ts";

/** Lets so many calls be carried out at once, and the others wait for their turn. */
export interface Turns {
  /**
   * @param waits whether it only waits for something: such calls have turns of their own.
   * @throws TetraError `TOO_MUCH` when too many are waiting already
   */
  take<T>(waits: boolean, act: () => Promise<T>): Promise<T>;
}

/** How many at once, and how many may be in line for it. */
export interface TurnLimits {
  readonly atOnce: number;
  readonly inLine: number;
}

/** Makes turns. */
export function turns(limits: TurnLimits): Turns {
  const [short, long] = [line(limits), line(limits)];
  return { take: (waits, act) => (waits ? long : short)(act) };
}

function line({ atOnce, inLine }: TurnLimits): <T>(act: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (act) => {
    if (running >= atOnce) {
      if (waiting.length >= inLine) {
        throw new TetraError<TtmErrorCode>("TOO_MUCH", "too many calls at once", {
          hint: "wait for some of the answers first",
        });
      }
      await new Promise<void>((resolve) => waiting.push(resolve)); // whoever ends hands its turn over
    } else {
      running += 1;
    }
    try {
      return await act();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
