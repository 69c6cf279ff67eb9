import { isTetraError } from "@tetra/errors";
import type { Clock } from "./ports.ts";
import { transactionId } from "./transaction/id.ts";

/** Creates things under ids of their own. */
export interface NewIds {
  /** Calls `create` with one id after the other until it does not throw `EXISTS`. */
  create<T>(description: string, create: (id: string, atMs: number) => Promise<T>): Promise<T>;
}

const MOST_IDS = 1e9;
/** Up to here every number is tried; then in growing steps, because others made very many. */
const IN_ORDER = 20;

/** Makes what finds free ids. It remembers the last number, so that thousands in a second cost no more. */
export function newIds(clock: Clock): NewIds {
  let last = { first: "", attempt: 0 };
  return {
    async create(description, create) {
      const atMs = clock.now();
      const time = { atMs, offsetMinutes: clock.offsetMinutes(atMs) };
      const first = transactionId(description, time);
      if (last.first !== first) last = { first, attempt: 0 };
      const taken = last;
      for (;;) {
        const attempt = taken.attempt + 1;
        taken.attempt = attempt;
        try {
          return await create(transactionId(description, time, attempt), atMs);
        } catch (error) {
          if (!isTetraError(error, "EXISTS") || attempt >= MOST_IDS) throw error;
          if (attempt > IN_ORDER) taken.attempt = Math.max(taken.attempt, attempt + (attempt >> 1));
        }
      }
    },
  };
}
