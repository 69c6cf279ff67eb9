import { TetraError } from "@tetra/errors";
import type { ParticipantErrorCode } from "../errors.ts";
import type { Lock, Step, Work } from "./work.ts";

/** The work of a branch before it is prepared: in memory, seen by nobody. */
export interface BranchWork extends Work {
  /** @throws TetraError `INVALID_INPUT` once the branch has been prepared or has ended. */
  add(...steps: readonly Step[]): void;
  /** Keeps other branches from preparing a change of the key. */
  lock(lock: Lock): void;
  /** What the branch claims of a key that it shares with others. */
  claimOf(key: string): string | undefined;
  /** Whether nothing can be added any more. */
  readonly isSealed: boolean;
  /** Refuses what is added later: it would be lost. */
  seal(): void;
}

/** Nothing yet. */
export function branchWork(txn: string): BranchWork {
  const steps: Step[] = [];
  const locks = new Map<string, Lock>();
  let isSealed = false;
  const refuseSealed = (): void => {
    if (!isSealed) return;
    throw new TetraError<ParticipantErrorCode>(
      "INVALID_INPUT",
      `${txn}: nothing can be added to a branch that is prepared, or has ended`,
      { hint: "do all the work before you commit; start another transaction", details: { txn } },
    );
  };
  return {
    steps,
    get locks() {
      return [...locks.values()];
    },
    get isSealed() {
      return isSealed;
    },
    add(...added) {
      refuseSealed();
      for (const step of added) steps.push(step);
    },
    lock(lock) {
      refuseSealed();
      locks.set(lock.key, lock);
    },
    claimOf: (key) => locks.get(key)?.claim,
    seal() {
      isSealed = true;
    },
  };
}
