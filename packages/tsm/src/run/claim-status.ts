import type { Meta } from "../files/meta.ts";
import { writeMeta } from "../files/store.ts";
import { noteEnd } from "./note-end.ts";
import { isOver, observe } from "./observe.ts";
import type { Parts } from "./parts.ts";

/** What the original tools say of a service. */
export const ORIGINAL_STATUSES = ["online", "stopped", "crashed"] as const;

/** One of the three words in which the original tools say how a service is. */
export type OriginalStatus = (typeof ORIGINAL_STATUSES)[number];

/** What came of a claim. */
export interface ClaimedStatus {
  /** Whether it was noted; else nothing was changed. */
  readonly isNoted: boolean;
  /** What is true. */
  readonly truth: OriginalStatus;
}

/**
 * Notes what somebody says of a service, if it is so. Of one that does not run, `stopped` also says that it
 * is to stay so: nobody starts it again. The caller holds the lock.
 */
export async function claimStatus(
  parts: Parts,
  meta: Meta,
  status: OriginalStatus,
): Promise<ClaimedStatus> {
  const observed = observe(parts, meta, { holdsLock: true });
  const truth = originalStatus(observed.state);
  const isForGood = status === "stopped" && truth !== "online";
  if (status !== truth && !isForGood) return { isNoted: false, truth };
  const noted = noteEnd(parts, meta, observed);
  const desired = isForGood ? "stopped" : meta.desired;
  const isWritten = noted === meta && status === meta.status && desired === meta.desired;
  if (!isWritten) await writeMeta(parts, { ...noted, status, desired });
  return { isNoted: true, truth: status };
}

/** A state in the words of the original tools. */
export function originalStatus(state: ReturnType<typeof observe>["state"]): OriginalStatus {
  if (!isOver(state)) return "online";
  return state === "crashed" ? "crashed" : "stopped";
}
