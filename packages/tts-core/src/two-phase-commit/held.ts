import { isTetraError } from "@tetra/errors";
import type { Lease } from "../ports.ts";
import type { EventRecord, NewEvent } from "../transaction/event.ts";
import { seal } from "../transaction/event.ts";
import { decideTwoPhase, type TwoPhaseCommand } from "./decide-two-phase.ts";
import { leaseLost } from "./errors.ts";
import { lifecycleOf } from "./lifecycle.ts";
import type { Participant } from "./participant.ts";
import type { TwoPhasePorts } from "./ports.ts";
import type { Away } from "./status-of.ts";
import { blankTwoPhase, evolveTwoPhase, type TwoPhaseState } from "./two-phase-state.ts";

/** A transaction whose lease this coordinator holds. */
export interface Held {
  readonly id: string;
  readonly lease: Lease;
  /** By name. Those of another process's transaction may be missing here. */
  readonly participants: ReadonlyMap<string, Participant>;
  /** Whether it was begun here, so that it may be open because somebody is working in it. */
  readonly isOwn: boolean;
  /** As its log told it last. */
  state: TwoPhaseState;
  /** Whether the log has to be read before anything else: somebody wrote, or a write failed. */
  isStale: boolean;
  /** Up to which revision listeners have been told; what happened under another coordinator is its news. */
  toldTo: number;
  /** What is being done with it now. */
  doing: string | undefined;
  /** Who is away, as far as this process knows. */
  readonly away: Map<string, Away & { readonly attempts: number }>;
  /** What is going to be changed and was read, besides what participants say. */
  readonly touched: { readonly writes: Set<string>; readonly reads: Set<string> };
}

/** Somebody else made progress each time one lost a race; a store that is broken would go on for ever. */
const MOST_ATTEMPTS = 100;

/** A transaction just leased; nothing of it has been read yet. */
export function newHeld(lease: Lease, participants: readonly Participant[], isOwn: boolean): Held {
  return {
    id: lease.id,
    lease,
    participants: new Map(participants.map((one) => [one.name, one])),
    isOwn,
    state: blankTwoPhase(lease.id),
    isStale: true,
    toldTo: isOwn ? 0 : lease.revision,
    doing: undefined,
    away: new Map(),
    touched: { writes: new Set(), reads: new Set() },
  };
}

/**
 * Reads the log again, and tells what is new in it.
 * @throws TetraError `LEASE_LOST` when somebody else carries the transaction on (T7), and what the store
 *   throws.
 */
export async function refresh(ports: TwoPhasePorts, held: Held): Promise<TwoPhaseState> {
  const lines = await ports.store.read(held.id);
  held.state = blankTwoPhase(held.id);
  for (const { event, folded } of lines) {
    if (!folded || event === undefined) continue;
    take(ports, held, event);
  }
  const { fence } = held.state.transaction;
  if (fence !== held.lease.fence) {
    throw leaseLost(held.id, { own: held.lease.fence, current: fence });
  }
  held.isStale = false;
  return held.state;
}

/** The state as far as it has to be known before acting. Throws as {@link refresh}. */
export async function current(ports: TwoPhasePorts, held: Held): Promise<TwoPhaseState> {
  return held.isStale ? refresh(ports, held) : held.state;
}

/**
 * Makes what the command asks for durable, deciding again when somebody else wrote in between.
 * @throws TetraError `LEASE_LOST` (T7), `INVALID_STAGE` when it is too late for it, and what the store
 *   throws: whether the events are there is unknown then, so the log is read before the next step (T8).
 */
export async function record(
  ports: TwoPhasePorts,
  held: Held,
  command: TwoPhaseCommand,
): Promise<TwoPhaseState> {
  for (let attempt = 1; ; attempt += 1) {
    const state = await current(ports, held);
    const events = decideTwoPhase(state, command, ports.clock.now());
    if (events.length === 0) return state;
    held.isStale = true;
    try {
      await append(ports, held, events);
    } catch (error) {
      if (isTetraError(error, "CONFLICT") && attempt < MOST_ATTEMPTS) continue;
      throw error;
    }
    held.isStale = false;
    for (const event of seal(state.transaction.revision, events)) take(ports, held, event);
    return held.state;
  }
}

async function append(
  { store }: TwoPhasePorts,
  { id, lease, state }: Held,
  events: readonly NewEvent[],
): Promise<void> {
  await store.append(id, state.transaction.revision, events, { fence: lease.fence }); // T7
}

/** Folds a line in, and tells what it means unless that was told before. */
function take({ onEvent }: TwoPhasePorts, held: Held, event: EventRecord): void {
  const before = held.state;
  held.state = evolveTwoPhase(before, event);
  if (event.seq === undefined || event.seq < held.toldTo) return;
  held.toldTo = event.seq + 1;
  const told = lifecycleOf(before, event, held.state);
  if (told !== undefined) onEvent?.(told);
}
