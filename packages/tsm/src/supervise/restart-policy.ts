import { constants } from "node:os";
import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import { countFrom, isRecord, numberFrom, oneOf } from "../files/lenient.ts";

const RESTARTS = ["no", "on-failure", "always"] as const;

/** When a run that ended by itself is followed by another: `no`, `on-failure`, `always`. */
export type Restart = (typeof RESTARTS)[number];

/** What to do when a service ends that nobody stopped. */
export interface RestartPolicy {
  readonly restart: Restart;
  /** How many failures in a row are answered with another start; 0: none. Absent: any number. */
  readonly maxRestarts?: number;
  /** The wait before the first restart; it doubles with each failure in a row. */
  readonly backoffMs: number;
  /** The longest wait. */
  readonly maxBackoffMs: number;
  /** Up to this part of a wait (0 to 1) is left out by chance, so that not all come at once. */
  readonly jitter: number;
  /** A run of at least this long ends the row of failures. */
  readonly stableMs: number;
  /** Exit codes that count as success. */
  readonly successCodes: readonly number[];
  /** Signals whose death counts as success. */
  readonly successSignals: readonly string[];
}

/** What applies where nothing else is said: no restarts. */
export const DEFAULT_POLICY: RestartPolicy = {
  restart: "no",
  backoffMs: 100,
  maxBackoffMs: 30_000,
  jitter: 0.2,
  stableMs: 10_000,
  successCodes: [0],
  successSignals: [],
};

/** How a run ended; both `null` when nobody saw it, and then `reason` says why. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly reason?: string;
}

/** Whether a run ended well. An end that nobody saw is none. */
export function isSuccess(policy: RestartPolicy, { code, signal }: Exit): boolean {
  if (signal !== null) return policy.successSignals.includes(signal);
  return code !== null && policy.successCodes.includes(code);
}

/** A policy as JSON has it; what is absent or not what it must be is the default. */
export function policyFrom(value: unknown): RestartPolicy {
  if (!isRecord(value)) return DEFAULT_POLICY;
  const maxRestarts = countFrom(value["maxRestarts"]);
  const { successCodes, successSignals } = value;
  return {
    restart: oneOf(RESTARTS, value["restart"]) ?? DEFAULT_POLICY.restart,
    ...(maxRestarts === undefined ? {} : { maxRestarts }),
    backoffMs: countFrom(value["backoffMs"]) ?? DEFAULT_POLICY.backoffMs,
    maxBackoffMs: countFrom(value["maxBackoffMs"]) ?? DEFAULT_POLICY.maxBackoffMs,
    jitter: Math.min(1, numberFrom(value["jitter"]) ?? DEFAULT_POLICY.jitter),
    stableMs: countFrom(value["stableMs"]) ?? DEFAULT_POLICY.stableMs,
    successCodes: Array.isArray(successCodes)
      ? successCodes.flatMap((code) => countFrom(code) ?? [])
      : DEFAULT_POLICY.successCodes,
    successSignals: Array.isArray(successSignals)
      ? successSignals.filter((signal) => typeof signal === "string")
      : DEFAULT_POLICY.successSignals,
  };
}

/** @throws TetraError `INVALID_SERVICE` when a part of the policy is not what it must be. */
export function checkPolicy(policy: RestartPolicy): RestartPolicy {
  const wrong =
    [policy.backoffMs, policy.maxBackoffMs, policy.stableMs, policy.maxRestarts ?? 0].some(
      (number) => !Number.isSafeInteger(number) || number < 0,
    ) ||
    !(policy.jitter >= 0 && policy.jitter <= 1) ||
    policy.successCodes.some((code) => !Number.isInteger(code) || code < 0 || code > 255) ||
    policy.successSignals.some((signal) => !(signal in constants.signals));
  if (!wrong) return policy;
  throw new TetraError<TsmErrorCode>("INVALID_SERVICE", "the restart policy cannot be used", {
    hint: "times and limits are whole numbers from 0, jitter 0 to 1, exit codes 0 to 255, signals like SIGTERM",
    details: { policy },
  });
}
