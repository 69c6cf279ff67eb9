import { isTetraError } from "@tetra/errors";
import { compareBytes } from "../context/byte-order.ts";
import { branchOf } from "./drive.ts";
import { type Held, record } from "./held.ts";
import type { TwoPhasePorts } from "./ports.ts";
import {
  foldTwoPhase,
  isEnded,
  isTwoPhase,
  PROTOCOL,
  type TwoPhaseState,
  type WriteSet,
} from "./two-phase-state.ts";
import { isOlder, sharedKeys, writeConflict } from "./write-conflict.ts";

/** How long, and how often, the older of two waits for the younger one to step back. */
const LOOKS = 8;
const BETWEEN_LOOKS_MS = 25;
const NEVER = new AbortController().signal;

interface Clash {
  readonly other: TwoPhaseState;
  readonly keys: readonly string[];
}

/** What the transaction is going to change, as its participants and its user say. */
export async function gatherWriteSet(held: Held): Promise<WriteSet> {
  const told = await Promise.all(
    [...held.participants.values()].map(
      async (participant) => (await participant.writeSet?.(branchOf(held, participant.name))) ?? [],
    ),
  );
  const sorted = (keys: Iterable<string>): readonly string[] =>
    [...new Set(keys)].toSorted(compareBytes);
  const { writes, reads } = held.touched;
  return { writes: sorted([...writes, ...told.flat()]), reads: sorted(reads) };
}

/**
 * Publishes what is going to be changed and looks whether another open transaction has published a
 * change of the same (T9). Of two that publish at the same moment the younger steps back, and the older
 * waits a little for that.
 * @throws TetraError `WRITE_CONFLICT` when one has; nothing is published any more then.
 */
export async function publishWriteSet(
  ports: TwoPhasePorts,
  held: Held,
  wanted: WriteSet,
): Promise<void> {
  if (wanted.writes.length === 0 && wanted.reads.length === 0) return;
  await record(ports, held, { type: "publish", ...wanted });
  for (let look = 1; ; look += 1) {
    const clashes = await findClashes(ports, held);
    const [first] = clashes;
    if (first === undefined) return;
    const refusing =
      clashes.find(({ other }) => other.decision !== undefined || isOlder(other, held.state)) ??
      (look < LOOKS ? undefined : first);
    if (refusing !== undefined) {
      await record(ports, held, { type: "publish", writes: [], reads: [] });
      throw writeConflict(held.id, refusing.other.transaction.id, refusing.keys);
    }
    await ports.timer.until(ports.clock.now() + BETWEEN_LOOKS_MS, NEVER);
  }
}

async function findClashes({ store }: TwoPhasePorts, held: Held): Promise<readonly Clash[]> {
  const { published } = held.state;
  const clashes: Clash[] = [];
  for (const listed of await store.list({ stage: "EXECUTE" })) {
    if (listed["protocol"] !== PROTOCOL || listed.txn_id === held.id) continue;
    const other = await lookAt(store, listed.txn_id);
    if (other === undefined || isEnded(other)) continue;
    const keys = sharedKeys(published, other.published);
    if (keys.length > 0) clashes.push({ other, keys });
  }
  return clashes;
}

/** A transaction of anybody's; `undefined` when there is none, or it is no two-phase commit. */
export async function lookAt(
  store: TwoPhasePorts["store"],
  id: string,
): Promise<TwoPhaseState | undefined> {
  try {
    const state = foldTwoPhase(id, await store.read(id));
    return isTwoPhase(state) ? state : undefined;
  } catch (error) {
    // an id that some other program made up, or a transaction that was packed meanwhile
    if (isTetraError(error, "NOT_FOUND") || isTetraError(error, "INVALID_ID")) return undefined;
    throw error;
  }
}
