import { isTetraError } from "@tetra/errors";
import { isFinal, STANDARD } from "../transaction/stage.ts";
import { claim, type Coordinator, exclusively, letGo, settleAccounts } from "./coordinator.ts";
import type { AbortReason } from "./decide-two-phase.ts";
import { attempt, pause, type Progress } from "./drive.ts";
import { reasonOf } from "./errors.ts";
import { current, type Held, refresh } from "./held.ts";
import type { Branch, Participant } from "./participant.ts";
import { lookAt } from "./publish.ts";
import {
  isEnded,
  owed,
  phaseOf,
  PROTOCOL,
  soleOf,
  type TwoPhaseState,
  unsettled,
} from "./two-phase-state.ts";

/** What recovery found and did. */
export interface RecoveryReport {
  /** Transactions that were carried on and have ended. */
  readonly committed: readonly string[];
  /** Transactions that were rolled back, or whose rollback was finished. */
  readonly rolledBack: readonly string[];
  /** Transactions with a participant that is away; empty unless the signal aborted. */
  readonly waiting: readonly string[];
  /** Transactions that need a person, or a participant that was not given. */
  readonly stuck: readonly string[];
  /** Branches that nobody carried on, and that were settled. */
  readonly orphans: readonly Branch[];
  /** Participants that could not say which branches wait there; empty unless the signal aborted. */
  readonly unreadable: readonly string[];
}

const AT_ONCE = 32;
const DIED: AbortReason = { cause: "recovery", reason: "its coordinator died before the decision" };

type Outcome = Progress | "left";

/** What passes have found so far; the newest word on each counts. */
interface Tally {
  readonly outcomes: Map<string, "committed" | "rolled_back" | "waiting" | "stuck">;
  readonly orphans: Map<string, { readonly branch: Branch; readonly isSettled: boolean }>;
  readonly unreadable: Set<string>;
}

/** Settles everything that is nobody's, again and again until nothing waits or the signal aborts. */
export async function recoverAll(
  coordinator: Coordinator,
  participants: readonly Participant[],
  signal: AbortSignal,
): Promise<RecoveryReport> {
  const tally: Tally = { outcomes: new Map(), orphans: new Map(), unreadable: new Set() };
  for (let failures = 1; ; failures += 1) {
    await settleAll(coordinator, participants, tally);
    if (!isWaiting(tally) || signal.aborted) break;
    await pause(coordinator.ports, failures, signal);
    if (signal.aborted) break;
  }
  await letOthersGo(coordinator);
  return reportOf(tally);
}

/** Settles everything that is nobody's, now and then every so often until the signal aborts. */
export async function watchAll(
  coordinator: Coordinator,
  participants: readonly Participant[],
  {
    everyMs,
    signal,
    onError,
  }: {
    readonly everyMs: number;
    readonly signal: AbortSignal;
    readonly onError: (error: unknown) => void;
  },
): Promise<void> {
  const { clock, timer } = coordinator.ports;
  while (!signal.aborted) {
    try {
      const tally: Tally = { outcomes: new Map(), orphans: new Map(), unreadable: new Set() };
      await settleAll(coordinator, participants, tally);
    } catch (error) {
      onError(error);
    }
    await timer.until(clock.now() + everyMs, signal);
  }
  await letOthersGo(coordinator);
}

/**
 * Rolls back what has been open for longer than that, unless somebody alive in another process has it.
 * @returns how many have been rolled back by now.
 */
export async function rollBackStale(
  coordinator: Coordinator,
  participants: readonly Participant[],
  olderThanMs: number,
): Promise<number> {
  const { clock } = coordinator.ports;
  const reason = `open for more than ${olderThanMs} ms`;
  let count = 0;
  await forEachOf(await openIds(coordinator), async (id) => {
    const state = await lookAt(coordinator.ports.store, id);
    if (state === undefined || clock.now() - (state.transaction.startedMs ?? 0) <= olderThanMs) {
      return;
    }
    if (state.decision?.outcome === "commit") return;
    const outcome = await settle(coordinator, id, {
      participants,
      whenUndecided: { cause: "timeout", reason },
      isActiveIncluded: true,
    });
    if (outcome !== "ended") return;
    const after = await lookAt(coordinator.ports.store, id);
    if (after !== undefined && phaseOf(after) === "rolled_back") count += 1;
  });
  await letOthersGo(coordinator);
  return count;
}

async function settleAll(
  coordinator: Coordinator,
  participants: readonly Participant[],
  tally: Tally,
): Promise<void> {
  const settleOne = async (id: string): Promise<void> => {
    const how = { participants, whenUndecided: DIED, isActiveIncluded: false };
    const outcome = await settle(coordinator, id, how);
    if (outcome === "ended") {
      const state = await lookAt(coordinator.ports.store, id);
      const isCommitted = state !== undefined && phaseOf(state) === "committed";
      tally.outcomes.set(id, isCommitted ? "committed" : "rolled_back");
    } else if (outcome !== "left") {
      tally.outcomes.set(id, outcome);
    }
  };
  forgetUnsettled(tally); // somebody else may have settled it meanwhile
  await forEachOf(await openIds(coordinator), settleOne);
  for (const participant of participants) {
    const orphans = await branchesOf(coordinator, participant, tally);
    await forEachOf(orphans, (branch) =>
      settleOrphan(coordinator, { participant, branch, tally, settleOne }),
    );
  }
}

function forgetUnsettled({ outcomes, orphans, unreadable }: Tally): void {
  for (const [id, outcome] of outcomes) {
    if (outcome === "waiting" || outcome === "stuck") outcomes.delete(id);
  }
  for (const [key, { isSettled }] of orphans) if (!isSettled) orphans.delete(key);
  unreadable.clear();
}

async function openIds({ ports }: Coordinator): Promise<readonly string[]> {
  return (await ports.store.list())
    .filter((state) => state["protocol"] === PROTOCOL && !isFinal(STANDARD, state.stage))
    .map(({ txn_id: id }) => id);
}

/** Each gets its turn, also when the store fails for another; that is thrown at the end (T8). */
async function forEachOf<T>(items: readonly T[], visit: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      try {
        await visit(item);
      } catch (error) {
        // who has overtaken us settles it
        if (!isTetraError(error, "LEASE_LOST")) failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (failures.length > 0) throw failures[0];
}

interface Settling {
  readonly participants: readonly Participant[];
  readonly whenUndecided: AbortReason;
  /** Whether those that somebody of this process works in are meant, too. */
  readonly isActiveIncluded: boolean;
}

/** One attempt to bring one transaction to its end, unless it is somebody's. */
async function settle(
  coordinator: Coordinator,
  id: string,
  { participants, whenUndecided, isActiveIncluded }: Settling,
): Promise<Outcome> {
  const { ports } = coordinator;
  const known = coordinator.held.get(id);
  if (known === undefined) {
    const seen = await lookAt(ports.store, id);
    if (seen === undefined || isEnded(seen)) return "left";
    if (!canCarryOn(seen, participants)) return "stuck"; // taking the lease would only fill the log
  } else {
    if (known.doing !== undefined) return "left";
    const { decision } = await current(ports, known);
    if (known.isOwn && decision === undefined && !isActiveIncluded) return "left";
  }
  const held = known ?? (await claim(coordinator, id, participants));
  if (held === undefined || held.doing !== undefined) return "left";
  return exclusively(coordinator, held, {
    doing: "settles",
    run: async () => {
      await refresh(ports, held); // T7
      const progress = await attempt(ports, held, whenUndecided);
      await settleAccounts(coordinator, held, progress);
      return progress;
    },
  });
}

/** Whether these participants are enough to do anything for it. */
function canCarryOn(state: TwoPhaseState, participants: readonly Participant[]): boolean {
  const sole = soleOf(state);
  if (state.decision === undefined) {
    return (
      sole === undefined ||
      participants.some(({ name, onePhase }) => name === sole.name && onePhase !== undefined)
    );
  }
  const left = owed(state);
  if (left.length === 0) return unsettled(state).length === 0;
  return left.some(({ name }) => participants.some((one) => one.name === name));
}

/** Branches that wait at a participant for a decision. */
async function branchesOf(
  { ports }: Coordinator,
  participant: Participant,
  { unreadable }: Tally,
): Promise<readonly Branch[]> {
  const { name } = participant;
  try {
    return await participant.recover();
  } catch (error) {
    unreadable.add(name);
    ports.onEvent?.({ type: "unreadable", participant: name, error: reasonOf(error) });
    return [];
  }
}

interface Orphan {
  readonly participant: Participant;
  readonly branch: Branch;
  readonly tally: Tally;
  readonly settleOne: (id: string) => Promise<void>;
}

/** Brings a branch the decision that nobody is going to bring it any more. */
async function settleOrphan(
  { ports, held }: Coordinator,
  { participant, branch, tally, settleOne }: Orphan,
): Promise<void> {
  if (held.has(branch.txn)) return; // ours, and its turn comes
  const state = await lookAt(ports.store, branch.txn);
  // open, whatever its stage says; it stays untouched while somebody has its lease
  if (state !== undefined && !isEnded(state)) return settleOne(branch.txn);
  // T3: an unknown transaction was never decided either
  const outcome = state?.decision?.outcome === "commit" ? "commit" : "rollback";
  const tell = (to: "committed" | "rolled_back" | "away" | "heuristic", error?: unknown): void => {
    tally.orphans.set(`${participant.name}/${branch.txn}`, { branch, isSettled: to !== "away" });
    const why = error === undefined ? {} : { error: reasonOf(error) };
    ports.onEvent?.({ type: "orphan", branch, outcome: to, ...why });
  };
  try {
    await participant[outcome](branch);
    tell(outcome === "commit" ? "committed" : "rolled_back");
  } catch (error) {
    tell(isTetraError(error, "HEURISTIC") ? "heuristic" : "away", error);
  }
}

/** What was taken only to be settled is given back. */
async function letOthersGo(coordinator: Coordinator): Promise<void> {
  const others = [...coordinator.held.values()].filter(
    ({ isOwn, doing }: Held) => !isOwn && doing === undefined,
  );
  for (const held of others) await letGo(coordinator, held);
}

function isWaiting({ outcomes, orphans, unreadable }: Tally): boolean {
  return (
    unreadable.size > 0 ||
    [...outcomes.values()].includes("waiting") ||
    [...orphans.values()].some(({ isSettled }) => !isSettled)
  );
}

function reportOf({ outcomes, orphans, unreadable }: Tally): RecoveryReport {
  const ids = (wanted: string): readonly string[] =>
    [...outcomes].filter(([, outcome]) => outcome === wanted).map(([id]) => id);
  return {
    committed: ids("committed"),
    rolledBack: ids("rolled_back"),
    waiting: ids("waiting"),
    stuck: ids("stuck"),
    orphans: [...orphans.values()].filter(({ isSettled }) => isSettled).map(({ branch }) => branch),
    unreadable: [...unreadable],
  };
}
