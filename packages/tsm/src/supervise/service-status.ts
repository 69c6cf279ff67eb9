import type { Meta } from "../files/meta.ts";
import type { RememberedSupervision } from "../files/supervision-file.ts";
import type { ServiceState } from "../run/observe.ts";

/** What to show of a service: its state, and what its supervisor means to do about it. */
export type ServiceStatus = ServiceState | "backing off" | "given up";

/** What a status is told from. */
export interface StatusInput {
  readonly meta: Pick<Meta, "desired" | "generation">;
  readonly state: ServiceState;
  /** What the daemon remembers, of whichever run. */
  readonly supervision: RememberedSupervision | undefined;
  /** Whether somebody is there to try again; asked only when that matters. */
  readonly isDaemonAlive: () => boolean;
}

/** A status, and when the next start is tried, in milliseconds since the epoch. */
export interface StatusVerdict {
  readonly status: ServiceStatus;
  readonly nextTryAtMs?: number;
}

/** Tells the status. Pure. */
export function statusOf({ meta, state, supervision, isDaemonAlive }: StatusInput): StatusVerdict {
  const hasEnded = state === "crashed" || state === "stopped";
  const isAboutThis = supervision?.generation === meta.generation;
  if (!hasEnded || meta.desired === "stopped" || !isAboutThis) return { status: state };
  const { givenUp, waiting } = supervision;
  if (givenUp !== undefined) return { status: "given up" };
  if (waiting === undefined || !isDaemonAlive()) return { status: state };
  return { status: "backing off", nextTryAtMs: waiting.sinceMs + waiting.delayMs };
}
