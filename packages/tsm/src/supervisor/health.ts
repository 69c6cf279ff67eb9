import type { ProbeResult } from "../care/run-probe.ts";
import type { HealthCheck } from "../care/service-care.ts";
import type { RememberedHealth } from "../files/supervision-file.ts";

/** What probing has come to, with what need not be remembered. */
export interface HealthProgress {
  readonly health: RememberedHealth;
  /** Successes in a row. */
  readonly successes: number;
}

/** What the answer to a probe is folded into. */
export interface Probed {
  readonly check: Pick<HealthCheck, "failures" | "successes" | "graceMs">;
  readonly before: HealthProgress | undefined;
  readonly answer: ProbeResult;
  readonly nowMs: number;
  /** When the run began; unknown: failures count at once. */
  readonly startedAtMs: number | undefined;
}

/** Folds an answer in. Pure. */
export function foldProbe({
  check,
  before,
  answer,
  nowMs,
  startedAtMs = -Infinity,
}: Probed): HealthProgress {
  const health = before?.health ?? { state: "unknown", sinceMs: nowMs, failures: 0 };
  if (answer.ok) {
    const successes = (before?.successes ?? 0) + 1;
    // what was healthy before one or two failures need not prove itself again
    const isHealthy = health.state === "healthy" || successes >= check.successes;
    return {
      health: moved(health, isHealthy ? "healthy" : health.state, { nowMs, failures: 0 }),
      successes,
    };
  }
  // a clock that was set back must not make the time of grace endless: it is not one then
  const age = nowMs - startedAtMs;
  const isGrace = age >= 0 && age < check.graceMs;
  const failures = isGrace ? 0 : health.failures + 1;
  const state = failures >= Math.max(1, check.failures) ? "unhealthy" : health.state;
  return {
    health: { ...moved(health, state, { nowMs, failures }), ...said(answer) },
    successes: 0,
  };
}

function moved(
  { state: was, sinceMs, last }: RememberedHealth,
  state: RememberedHealth["state"],
  { nowMs, failures }: { readonly nowMs: number; readonly failures: number },
): RememberedHealth {
  const since = state === was ? sinceMs : nowMs;
  return { state, sinceMs: since, failures, ...(last === undefined ? {} : { last }) };
}

function said({ why }: ProbeResult): Pick<RememberedHealth, "last"> {
  return why === undefined ? {} : { last: why };
}
