import { TetraError } from "@tetra/errors";
import { compareBytes } from "../context/byte-order.ts";
import type { TwoPhaseErrorCode } from "./errors.ts";
import type { TwoPhaseState, WriteSet } from "./two-phase-state.ts";

/** The keys that two transactions cannot both have: what one writes, the other neither writes nor reads. */
export function sharedKeys(one: WriteSet, other: WriteSet): readonly string[] {
  const written = new Set(other.writes);
  const touched = new Set([...other.writes, ...other.reads]);
  const shared = [
    ...one.writes.filter((key) => touched.has(key)),
    ...one.reads.filter((key) => written.has(key)),
  ];
  return [...new Set(shared)].toSorted(compareBytes);
}

/** Two that publish at the same moment see each other; the older one waits for the younger to step back. */
export function isOlder(one: TwoPhaseState, other: TwoPhaseState): boolean {
  const byTime = (one.transaction.startedMs ?? 0) - (other.transaction.startedMs ?? 0);
  return (byTime || compareBytes(one.transaction.id, other.transaction.id)) < 0;
}

/** The refusal, naming both. */
export function writeConflict(
  id: string,
  other: string,
  keys: readonly string[],
): TetraError<TwoPhaseErrorCode> {
  const shown = keys.slice(0, 5).join(", ");
  const hidden = keys.length > 5 ? ` and ${keys.length - 5} more` : "";
  return new TetraError("WRITE_CONFLICT", `${id}: ${other} is changing ${shown}${hidden} too`, {
    hint: `commit again when ${other} has ended, or roll back`,
    details: { id, other, keys },
  });
}
