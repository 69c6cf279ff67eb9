import { isTetraError, TetraError } from "@tetra/errors";
import type { TtsErrorCode } from "../errors.ts";
import type { NewEvent } from "../transaction/event.ts";
import { transactionId } from "../transaction/id.ts";
import { isFinal, STANDARD } from "../transaction/stage.ts";
import { isBuffering, type VectorUpsert } from "./buffering.ts";
import {
  busy,
  claim,
  type Coordinator,
  exclusively,
  letGo,
  runnerOf,
  settleAccounts,
} from "./coordinator.ts";
import { type AbortReason, beginTwoPhase, tooLate } from "./decide-two-phase.ts";
import { askVotes, branchOf, driveToEnd } from "./drive.ts";
import { heuristic, reasonOf, rolledBack, type TwoPhaseErrorCode } from "./errors.ts";
import { current, type Held, newHeld, record, refresh } from "./held.ts";
import type { Participant } from "./participant.ts";
import type { TwoPhasePorts } from "./ports.ts";
import { gatherWriteSet, lookAt, publishWriteSet } from "./publish.ts";
import { recoverAll, rollBackStale, watchAll } from "./recovery.ts";
import type { NewTwoPhase, Patience, Resolution, TwoPhaseCommit } from "./two-phase-api.ts";
import {
  logEntryOf,
  statusOfTwoPhase,
  type TwoPhaseLogEntry,
  type TwoPhaseStatus,
} from "./status-of.ts";
import {
  hasFinalStage,
  isEnded,
  phaseOf,
  PROTOCOL,
  soleOf,
  type TwoPhaseState,
  type WriteSet,
} from "./two-phase-state.ts";

const NAME = /^[a-z0-9_-]{1,64}$/;
const MOST_IDS = 1000;
const NEVER = new AbortController().signal;
const BEFORE_VOTES: AbortReason = { cause: "vote", reason: "it could not be committed" };

/** Makes a coordinator. Any number of them, in any number of processes, may work on one store. */
export function twoPhaseCommit(ports: TwoPhasePorts): TwoPhaseCommit {
  const coordinator: Coordinator = { ports, held: new Map() };
  const { store, clock } = ports;

  async function begin(wanted: NewTwoPhase): Promise<string> {
    const { participants, signal = NEVER } = wanted;
    checkNames(participants);
    const held = await create(wanted);
    let problem: unknown;
    const status = await exclusively(coordinator, held, {
      doing: "begins",
      run: async () => {
        try {
          for (const participant of participants) {
            await participant.begin?.(branchOf(held, participant.name));
          }
          return undefined;
        } catch (error) {
          problem = error;
        }
        const reason = `cannot begin: ${reasonOf(problem)}`;
        return finish(held, { whenUndecided: { cause: "begin", reason }, signal });
      },
    });
    if (status !== undefined) throw rolledBack(status, problem);
    return held.id;
  }

  /** Made with its lease, so that no recovery elsewhere can take it for one whose process died. */
  async function create(wanted: NewTwoPhase): Promise<Held> {
    const { description, session, agent = "human", target = "@local", participants } = wanted;
    const [first] = participants;
    const isOnePhase = participants.length === 1 && first?.onePhase !== undefined;
    const names = participants.map(({ name }) => name);
    const atMs = clock.now();
    const time = { atMs, offsetMinutes: clock.offsetMinutes(atMs) };
    const fields = { description, session, agent, target, participants: names, isOnePhase, atMs };
    for (let attempt = 1; ; attempt += 1) {
      const id = transactionId(description, time, attempt);
      try {
        return await createHeld(id, beginTwoPhase(id, fields), participants);
      } catch (error) {
        if (isTetraError(error, "EXISTS") && attempt < MOST_IDS) continue;
        throw error;
      }
    }
  }

  async function createHeld(
    id: string,
    events: readonly NewEvent[],
    participants: readonly Participant[],
  ): Promise<Held> {
    const lease = await store.createLeased(id, events, runnerOf(ports));
    const held = newHeld(lease, participants, true);
    coordinator.held.set(id, held);
    try {
      await refresh(ports, held);
      return held;
    } catch (error) {
      await letGo(coordinator, held); // nobody was told its id: it is for a recovery
      throw error;
    }
  }

  /** The transaction, when it is carried here. */
  async function carried(id: string, what: string): Promise<Held> {
    const held = coordinator.held.get(id);
    if (held !== undefined) return held;
    const state = await stateOf(id);
    if (isEnded(state)) throw tooLate(state, what);
    throw busy(id, "it is not carried by this coordinator");
  }

  async function stateOf(id: string): Promise<TwoPhaseState> {
    const state = await lookAt(store, id);
    if (state !== undefined) return state;
    await store.load(id); // throws what is wrong with the id
    throw new TetraError<TwoPhaseErrorCode>("NOT_TWO_PHASE", `${id}: is no two-phase commit`, {
      hint: "use the transaction manager or the saga engine",
      details: { id },
    });
  }

  /** The transaction, when work can still be done in it. */
  async function active(id: string, what: string): Promise<Held> {
    const held = await carried(id, what);
    if (held.doing !== undefined) throw busy(id, `somebody ${held.doing} it already`);
    const state = await current(ports, held);
    if (phaseOf(state) !== "active") throw tooLate(state, what);
    return held;
  }

  async function commit(id: string, { signal = NEVER }: Patience = {}): Promise<TwoPhaseStatus> {
    const held = await carried(id, "commit");
    return exclusively(coordinator, held, {
      doing: "commits",
      run: async () => {
        const { whenUndecided, refusal } = await decideToCommit(held);
        const status = await finish(held, { whenUndecided, signal });
        if (status.decision?.outcome === "abort") throw rolledBack(status, refusal);
        return status;
      },
    });
  }

  /** Everything up to the decision; what is undecided after that is to be aborted. */
  async function decideToCommit(
    held: Held,
  ): Promise<{ readonly whenUndecided: AbortReason; readonly refusal?: unknown }> {
    const state = await refresh(ports, held); // somebody may have cancelled it meanwhile
    if (isEnded(state)) throw tooLate(state, "commit");
    if (state.decision !== undefined) return { whenUndecided: BEFORE_VOTES };
    const obstacle = obstacleOf(state);
    if (obstacle !== undefined) return { whenUndecided: obstacle };
    let wanted: WriteSet;
    try {
      wanted = await gatherWriteSet(held);
    } catch (refusal) {
      return { whenUndecided: { cause: "vote", reason: reasonOf(refusal) }, refusal };
    }
    await publishWriteSet(ports, held, wanted);
    const sole = soleOf(state);
    if (sole !== undefined) return commitAlone(held, sole.name);
    const { ballots, refusal } = await askVotes(held);
    await record(ports, held, { type: "conclude", ballots });
    return { whenUndecided: BEFORE_VOTES, refusal };
  }

  async function commitAlone(
    held: Held,
    name: string,
  ): Promise<{ readonly whenUndecided: AbortReason; readonly refusal?: unknown }> {
    try {
      await held.participants.get(name)?.onePhase?.commit(branchOf(held, name));
    } catch (refusal) {
      return { whenUndecided: { cause: "vote", reason: `${name}: ${reasonOf(refusal)}` }, refusal };
    }
    await record(ports, held, { type: "sole", isCommitted: true, ...BEFORE_VOTES });
    return { whenUndecided: BEFORE_VOTES };
  }

  /**
   * Drives it to the end, or until the signal aborts.
   * @throws TetraError `HEURISTIC`
   */
  async function finish(
    held: Held,
    how: { readonly whenUndecided: AbortReason; readonly signal: AbortSignal },
  ): Promise<TwoPhaseStatus> {
    const progress = await driveToEnd(ports, held, how);
    await settleAccounts(coordinator, held, progress);
    const status = statusOfTwoPhase(held.state, held.away);
    if (status.attention.length > 0) throw heuristic(status);
    return status;
  }

  async function rollback(
    id: string,
    why: string,
    { signal = NEVER }: Patience = {},
  ): Promise<TwoPhaseStatus> {
    const held = await carried(id, "roll back");
    return exclusively(coordinator, held, {
      doing: "rolls back",
      run: async () => {
        const refuseCommitted = (state: TwoPhaseState): void => {
          const isEndedOtherwise = isEnded(state) && phaseOf(state) === "committed";
          if (state.decision?.outcome === "commit" || isEndedOtherwise) {
            throw tooLate(state, "roll back");
          }
        };
        refuseCommitted(await current(ports, held));
        const whenUndecided: AbortReason = { cause: "asked", reason: why };
        const status = await finish(held, { whenUndecided, signal });
        refuseCommitted(held.state); // the only participant had committed: T10
        return status;
      },
    });
  }

  async function resolve(id: string, resolution: Resolution): Promise<TwoPhaseStatus> {
    const { participants, names, how, by, why, signal = NEVER } = resolution;
    await stateOf(id);
    const known = coordinator.held.get(id);
    const held = known ?? (await claim(coordinator, id, participants));
    if (held === undefined) throw busy(id, "another coordinator carries it");
    return exclusively(coordinator, held, {
      doing: "resolves",
      run: async () => {
        try {
          await record(ports, held, { type: "resolve", participants: names, how, by, why });
        } catch (error) {
          if (known === undefined) await letGo(coordinator, held);
          throw error;
        }
        return finish(held, { whenUndecided: BEFORE_VOTES, signal });
      },
    });
  }

  async function bufferVectorUpsert(id: string, upsert: VectorUpsert): Promise<void> {
    const held = await active(id, "buffer a write");
    const participant = [...held.participants.values()].find(isBuffering);
    if (participant === undefined) {
      throw new TetraError<TtsErrorCode>("INVALID_INPUT", `${id}: no participant buffers writes`, {
        hint: "begin it with a participant that does, such as the vector table",
        details: { id },
      });
    }
    await participant.bufferUpsert(branchOf(held, participant.name), upsert);
    if (participant.writeSet === undefined) {
      held.touched.writes.add(`${upsert.collection}/${upsert.id}`);
    }
  }

  async function log(): Promise<readonly TwoPhaseLogEntry[]> {
    const entries: TwoPhaseLogEntry[] = [];
    for (const listed of await store.list()) {
      if (listed["protocol"] !== PROTOCOL || !isFinal(STANDARD, listed.stage)) continue;
      const state = await lookAt(store, listed.txn_id);
      if (state !== undefined && isEnded(state)) entries.push(logEntryOf(state));
    }
    return entries.toSorted((a, b) => b.endedMs - a.endedMs);
  }

  return {
    begin,
    async touch(id, { writes = [], reads = [] }) {
      const { touched } = await active(id, "add to what it changes");
      for (const key of writes) touched.writes.add(key);
      for (const key of reads) touched.reads.add(key);
    },
    bufferVectorUpsert,
    commit,
    rollback,
    timeoutStale: (olderThanMs, { participants } = { participants: [] }) =>
      rollBackStale(coordinator, participants, olderThanMs),
    async activeCount() {
      const states = await store.list();
      return states.filter(
        (state) => state["protocol"] === PROTOCOL && !isFinal(STANDARD, state.stage),
      ).length;
    },
    log,
    async status(id) {
      return statusOfTwoPhase(await stateOf(id), coordinator.held.get(id)?.away ?? new Map());
    },
    recover: ({ participants, signal = NEVER }) => recoverAll(coordinator, participants, signal),
    watchOrphans: ({ participants, ...how }) => watchAll(coordinator, participants, how),
    resolve,
  };
}

function obstacleOf(state: TwoPhaseState): AbortReason | undefined {
  if (state.cancelled !== undefined) return { cause: "cancelled", reason: state.cancelled };
  if (!hasFinalStage(state)) return undefined;
  return { cause: "ended", reason: `${state.transaction.state.stage} was written by hand` };
}

function checkNames(participants: readonly Participant[]): void {
  const names = participants.map(({ name }) => name);
  const bad = names.find((name, at) => !NAME.test(name) || names.indexOf(name) !== at);
  if (bad === undefined) return;
  const what = NAME.test(bad) ? "takes part twice" : "is no name for a participant";
  throw new TetraError<TtsErrorCode>("INVALID_INPUT", `${JSON.stringify(bad)} ${what}`, {
    hint: "give each a name of its own, of lower-case letters, digits, - and _",
    details: { names },
  });
}
