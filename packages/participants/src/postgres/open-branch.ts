import { TetraError } from "@tetra/errors";
import type { Vote } from "@tetra/tts-core/two-phase-commit";
import type { ParticipantErrorCode } from "../errors.ts";
import { keepDurable, type OutcomeTable } from "./outcome-table.ts";
import type { Session } from "./pool.ts";
import { isAway } from "./server-error.ts";

/** What a branch is called in the database. */
export interface BranchName {
  /** In the table of outcomes. */
  readonly key: string;
  /** As a prepared transaction. */
  readonly gid: string;
}

/** A branch's transaction, open on a connection of its own. */
export interface OpenBranch {
  readonly name: BranchName;
  readonly session: Session;
  /** What the user says that it is going to change. */
  readonly keys: Set<string>;
  /** Whether it is the coordinator's now. */
  hasEnded: boolean;
}

/** Begins the transaction; takes the session over. */
export async function openBranch(
  outcomes: OutcomeTable,
  session: Session,
  name: BranchName,
): Promise<OpenBranch> {
  try {
    await outcomes.begin(session, name.key);
  } catch (error) {
    session.destroy();
    throw error;
  }
  return { name, session, keys: new Set(), hasEnded: false };
}

/** Prepares it, or commits what was only read. After a failure it is rolled back. */
export async function prepareBranch(outcomes: OutcomeTable, branch: OpenBranch): Promise<Vote> {
  const { key, gid } = branch.name;
  return await ending(branch, async (session) => {
    if (await outcomes.mark(session, key, { onlyAfterWork: true })) {
      await session.ask(`PREPARE TRANSACTION '${gid}'`);
      return "yes";
    }
    if (!(await outcomes.isInBranch(session, key))) throw endedByItself();
    // not ROLLBACK: a serializable transaction is told now whether what it has read holds
    await session.ask("COMMIT");
    return "read-only";
  });
}

/** Commits it at once, with its row. After a failure whose answer has come, it is rolled back. */
export async function commitBranch(outcomes: OutcomeTable, branch: OpenBranch): Promise<void> {
  const { key } = branch.name;
  await ending(branch, async (session) => {
    if (!(await outcomes.mark(session, key, { onlyAfterWork: false }))) throw endedByItself();
    await keepDurable(session);
    await session.ask("COMMIT");
  });
}

/** Rolls it back; a server that is away does so by itself. */
export async function rollBackBranch({ session }: OpenBranch): Promise<void> {
  try {
    await session.ask("ROLLBACK");
    session.release();
  } catch {
    session.destroy();
  }
}

async function ending<T>(branch: OpenBranch, work: (session: Session) => Promise<T>): Promise<T> {
  try {
    const result = await work(branch.session);
    branch.session.release();
    return result;
  } catch (error) {
    if (isAway(error)) branch.session.destroy();
    else await rollBackBranch(branch);
    throw error;
  }
}

function endedByItself(): TetraError<ParticipantErrorCode> {
  return new TetraError(
    "WORK_REFUSED",
    "the transaction of the branch was ended by one of its own statements",
    { hint: "leave COMMIT and ROLLBACK to the coordinator" },
  );
}
