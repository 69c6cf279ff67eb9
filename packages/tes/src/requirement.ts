import { TetraError } from "@tetra/errors";
import type { ResolveErrorCode } from "./errors.ts";
import { type LevelName, levelNumber } from "./level.ts";
import { HANDLE_LIFE_MS, isTested } from "./levels/handle-level.ts";
import type { PlanLevel } from "./levels/plan-level.ts";
import { symbolOf } from "./plan/symbol-of.ts";

/** How old a test may be, and what time it is. */
export interface RequirementOptions {
  /** In milliseconds since 1970. */
  readonly nowMs: number;
  /** How long a test counts; by default 300 s. */
  readonly handleLifeMs?: number;
}

/**
 * The level that a plan has *proved*: a handle, and what builds on it, counts only with a test of the
 * connection that is not too old. This machine needs none.
 */
export function reachedLevel(
  { binding }: PlanLevel,
  { nowMs, handleLifeMs = HANDLE_LIFE_MS }: RequirementOptions,
): LevelName {
  return isTested(binding.locator.handle, nowMs, handleLifeMs) ? "plan" : "connector";
}

/**
 * Holds a plan back until the level that its operation requires was reached.
 * @throws TetraError `LEVEL_NOT_REACHED`
 */
export function requireLevel(
  plan: PlanLevel,
  required: LevelName,
  options: RequirementOptions,
): void {
  const reached = reachedLevel(plan, options);
  if (levelNumber(reached) >= levelNumber(required)) return;
  const symbol = symbolOf(plan.binding.locator.handle.connector).text;
  const { operation } = plan.binding.deed;
  const life = (options.handleLifeMs ?? HANDLE_LIFE_MS) / 1000;
  throw new TetraError<ResolveErrorCode>(
    "LEVEL_NOT_REACHED",
    `${symbol}: ${operation} requires ${required} (level ${levelNumber(required)}), reached is ${reached}: the connection was not tested in the last ${life} s`,
    { hint: `test it: ping ${symbol}`, details: { symbol, operation, required, reached } },
  );
}
