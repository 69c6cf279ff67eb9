import { TetraError } from "@tetra/errors";
import type { TwoPhaseStatus } from "./status-of.ts";

/**
 * Every code that two-phase commit throws besides those of the store. Stable; listed in
 * `docs/errors.md`.
 */
export type TwoPhaseErrorCode =
  /** Another open transaction is committing a change of the same key. */
  | "WRITE_CONFLICT"
  /** The commit did not come about: everything is rolled back. The reason is the cause. */
  | "ROLLED_BACK"
  /** A resource has decided otherwise by itself; a person must look. */
  | "HEURISTIC"
  /** Another coordinator carries the transaction on now; this one has stopped. */
  | "LEASE_LOST"
  /** The transaction was not begun as a two-phase commit. */
  | "NOT_TWO_PHASE";

/** What somebody threw, as one line for a log. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ").trim();
}

/** The error for a coordinator that was overtaken. */
export function leaseLost(
  id: string,
  { own, current }: { readonly own: number; readonly current: number },
): TetraError<TwoPhaseErrorCode> {
  return new TetraError(
    "LEASE_LOST",
    `${id}: fence ${own} is over, another coordinator carries it on under ${current}`,
    { hint: "leave it to the other one", details: { id, fence: own, current } },
  );
}

/** The error for a commit or a beginning that did not come about. */
export function rolledBack(status: TwoPhaseStatus, cause: unknown): TetraError<TwoPhaseErrorCode> {
  const { id, decision, away } = status;
  const reason = decision?.outcome === "abort" ? decision.reason : "";
  const left = away.map(({ participant }) => participant);
  return new TetraError("ROLLED_BACK", `${id}: rolled back: ${reason}`, {
    hint:
      left.length === 0
        ? "mend the cause and begin again"
        : `${left.join(", ")} is told when it is back`,
    details: { id, reason, away: left },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The error for participants that had their own way. */
export function heuristic({
  id,
  attention,
  decision,
}: TwoPhaseStatus): TetraError<TwoPhaseErrorCode> {
  const did = decision?.outcome === "commit" ? "rolled back" : "committed";
  return new TetraError(
    "HEURISTIC",
    `${id}: ${attention.join(", ")} ${did} by itself, against the decision`,
    {
      hint: "look at the resource, put it right, then resolve the transaction",
      details: { id, participants: attention },
    },
  );
}
