import { isTetraError, TetraError } from "@tetra/errors";
import type { Branch, OnePhase, Participant } from "@tetra/tts-core/two-phase-commit";
import type { ParticipantErrorCode } from "../errors.ts";
import { type BranchWork, branchWork } from "./branch-work.ts";
import { immediately, read } from "./database.ts";
import {
  dropWork,
  heldByOther,
  mark,
  otherPrepared,
  preparedBranches,
  stage,
  stagedWork,
  type Staging,
  stateOf,
  unmark,
} from "./staging.ts";
import { perform, rehearse, type Work } from "./work.ts";

// SQLite cannot prepare, so the work is staged in the database it is about, and applied by a second
// transaction. DESIGN.md tells the protocol and its limits.
//
// P1. The transaction that applies a branch's steps also marks it committed and drops them: twice is once.
// P2. Yes is said only when the steps are durable, and could be done at that moment.
// P3. Two branches of ours that are prepared can both be applied, in either order, or only one of them.
// P4. What is not known is not guessed: a branch without a trace is neither empty nor committed.
// P5. Who was rolled back by another process cannot prepare or commit after that.

/** What the participants that stage their work share. */
export interface StagedParticipant extends Participant {
  /** Remembers the branch, so that one without work can be told from one whose work is elsewhere. */
  begin(branch: Branch): Promise<void>;
  /** The keys that the branch holds alone, before and after it was prepared. */
  writeSet(branch: Branch): Promise<readonly string[]>;
  /** One transaction of the database instead of two. */
  readonly onePhase: OnePhase;
}

/** A participant over a database, and the way to give it work. */
export function stagedParticipant(staging: Staging): {
  readonly participant: StagedParticipant;
  readonly workOf: (txn: string) => BranchWork;
} {
  const { connection } = staging;
  const works = new Map<string, BranchWork>();

  const workOf = (txn: string): BranchWork => {
    const work = works.get(txn) ?? branchWork(txn);
    works.set(txn, work);
    return work;
  };
  const end = (txn: string): void => {
    works.get(txn)?.seal();
    works.delete(txn);
  };
  const isEmpty = (work: Work): boolean => work.steps.length === 0 && work.locks.length === 0;

  const participant: StagedParticipant = {
    name: staging.participant,

    async begin({ txn }) {
      workOf(txn);
    },

    async prepare({ txn }) {
      const work = works.get(txn);
      if (work !== undefined && isEmpty(work) && knownState(staging, txn) === undefined) {
        end(txn);
        return "read-only";
      }
      immediately(connection, () => {
        if (isKnown(staging, txn, work)) return;
        const mine = workToDo(staging, txn, work);
        refuseConflicts(staging, txn, mine);
        const { refusal } = rehearse(connection.db, [mine.steps]);
        if (refusal !== undefined) throw refusal;
        mine.seal();
        stage(staging, txn, mine); // P2
      });
      return "yes";
    },

    async commit({ txn }) {
      commitStaged(staging, txn);
      end(txn);
    },

    async rollback({ txn }) {
      const isWorkHere = works.has(txn);
      end(txn);
      // what only this process knew of needs no writer to be forgotten
      if (isWorkHere && knownState(staging, txn) === undefined) return;
      immediately(connection, () => {
        const state = stateOf(staging, txn);
        if (state === "committed") throw heuristic(txn, `${staging.participant} has committed it`);
        dropWork(staging, txn);
        if (state === undefined) mark(staging, txn, "rolled_back"); // P5
        else if (state !== "rolled_back") unmark(staging, txn);
      });
    },

    async recover() {
      return read(connection, () =>
        preparedBranches(staging).map((txn) => ({ txn, participant: staging.participant })),
      );
    },

    async writeSet({ txn }) {
      const work = works.get(txn) ?? read(connection, () => stagedWork(staging, txn));
      const own = work.locks.filter(({ claim }) => claim === undefined);
      return own.map(({ key }) => key).toSorted();
    },

    onePhase: {
      async commit({ txn }) {
        const work = works.get(txn);
        const wasKnown = immediately(connection, () => {
          if (isKnown(staging, txn, work)) return true;
          const mine = workToDo(staging, txn, work);
          refuseConflicts(staging, txn, mine);
          mine.seal();
          perform(connection.db, mine.steps);
          mark(staging, txn, "committed"); // P1
          return false;
        });
        if (wasKnown) commitStaged(staging, txn);
        end(txn);
      },
      async isCommitted({ txn }) {
        return knownState(staging, txn) === "committed";
      },
    },
  };
  return { participant, workOf };
}

function knownState(staging: Staging, txn: string): ReturnType<typeof stateOf> {
  return read(staging.connection, () => stateOf(staging, txn));
}

/** Applies what is staged; a branch that is committed already stays as it is. */
function commitStaged(staging: Staging, txn: string): void {
  const { connection, participant } = staging;
  try {
    immediately(connection, () => {
      const state = stateOf(staging, txn);
      if (state === "committed") return;
      if (state === undefined) throw heuristic(txn, `${participant} knows nothing of it`); // P4
      if (state === "rolled_back") throw heuristic(txn, `${participant} has rolled it back`);
      // its keys and its place among the others were given up when it was refused
      if (state === "refused") refuseConflicts(staging, txn, stagedWork(staging, txn)); // P3
      perform(connection.db, stagedWork(staging, txn).steps);
      mark(staging, txn, "committed"); // P1
      dropWork(staging, txn);
    });
  } catch (error) {
    if (!isTetraError(error, "WORK_REFUSED")) throw error;
    keepRefused(staging, txn, error);
  }
}

/**
 * After the decision the work turned out to be impossible: somebody who is not one of us has changed what it
 * stands on. The work stays, for a person to see; committing again tries it again.
 */
function keepRefused(staging: Staging, txn: string, refusal: TetraError): void {
  const isCommitted = immediately(staging.connection, () => {
    const state = stateOf(staging, txn);
    if (state === "prepared") mark(staging, txn, "refused", refusal.message);
    return state === "committed";
  });
  if (isCommitted) return; // another process did it between the two transactions
  throw heuristic(txn, `${staging.participant} could not apply it: ${refusal.message}`, refusal);
}

/** P3: keys that others hold, and work that would not go with theirs. */
function refuseConflicts(staging: Staging, txn: string, { steps, locks }: Work): void {
  const held = heldByOther(staging, txn, locks);
  if (held !== undefined) {
    const { key, claim } = held.lock;
    const why = claim === undefined ? `both change ${key}` : `they do not agree on ${key}`;
    throw conflict(txn, held.txn, why);
  }
  // the locks of vectors say all there is to say
  if (staging.kind === "vector") return;
  for (const other of otherPrepared(staging, txn)) {
    const otherFirst = rehearse(staging.connection.db, [other.steps, steps]);
    const mineFirst = rehearse(staging.connection.db, [steps, other.steps]);
    // who cannot be applied alone is no conflict: its own rehearsal, or its own commit, will say so
    if (otherFirst.done === 0 || mineFirst.done === 0) continue;
    const refusal = otherFirst.refusal ?? mineFirst.refusal;
    if (refusal !== undefined) throw conflict(txn, other.txn, refusal.message, refusal);
  }
}

/** Whether the branch is prepared, or has ended as it should. */
function isKnown(staging: Staging, txn: string, work: BranchWork | undefined): boolean {
  const state = stateOf(staging, txn);
  if (state === undefined) return false;
  if (state === "rolled_back") {
    throw unknownBranch(staging, txn, "was rolled back by another process"); // P5
  }
  if (work !== undefined && !work.isSealed && work.steps.length > 0) {
    throw new TetraError<ParticipantErrorCode>(
      "INVALID_INPUT",
      `${txn}: work was added after the branch was prepared, and would be lost`,
      {
        hint: "do all the work of a branch in one process, before it is prepared",
        details: { txn },
      },
    );
  }
  return true;
}

/** P4: who knows nothing of a branch cannot say that there is nothing to do. */
function workToDo(staging: Staging, txn: string, work: BranchWork | undefined): BranchWork {
  if (work === undefined) throw unknownBranch(staging, txn, "has no work here");
  return work;
}

function conflict(
  txn: string,
  other: string,
  why: string,
  cause?: unknown,
): TetraError<ParticipantErrorCode> {
  return new TetraError("CONFLICT", `${txn} and ${other}: ${why}`, {
    hint: `wait until ${other} has ended, and try again`,
    details: { txn, other },
    cause,
  });
}

function heuristic(txn: string, why: string, cause?: unknown): TetraError<ParticipantErrorCode> {
  return new TetraError("HEURISTIC", `${txn}: ${why}`, {
    hint: "compare the resource with the log, and mend it by hand",
    details: { txn },
    cause,
  });
}

function unknownBranch(
  { participant }: Staging,
  txn: string,
  why: string,
): TetraError<ParticipantErrorCode> {
  return new TetraError("UNKNOWN_BRANCH", `${txn}: the branch of ${participant} ${why}`, {
    hint: "prepare in the process that does the work; what a dead one had not prepared is lost",
    details: { txn, participant },
  });
}
