import type { Round, Ward } from "./ward.ts";

const BETWEEN_MS = 1000;

/** Looks at services of whose changes nobody would tell. */
export interface CloseLooks {
  /** Says whether a service is to be looked at once a second. */
  want(ward: Ward, isNeeded: boolean): void;
}

/** One timer for all services that need it (V5). */
export function closeLooks({ times, look }: Pick<Round, "times" | "look">): CloseLooks {
  const unsettled = new Set<Ward>();

  function lookAtAll(): void {
    for (const ward of unsettled) look(ward);
    if (unsettled.size > 0) times.set("unsettled", BETWEEN_MS, lookAtAll);
  }

  return {
    want(ward, isNeeded) {
      if (!isNeeded) {
        unsettled.delete(ward);
        return;
      }
      unsettled.add(ward);
      if (!times.has("unsettled")) times.set("unsettled", BETWEEN_MS, lookAtAll);
    },
  };
}
