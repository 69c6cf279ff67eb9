import { describePlan } from "../plan/format-plan.ts";
import { routeArgv } from "../plan/route-argv.ts";
import { scriptFor } from "../plan/script.ts";
import type { BindingLevel } from "./binding-level.ts";

/** Level 7: a command ready to run. */
export interface PlanLevel {
  readonly level: "plan";
  /** What it does, in one line for people; not for a shell. */
  readonly text: string;
  readonly binding: BindingLevel;
  /** The program and its arguments. `run` adds only options of the session to ssh's. */
  readonly argv: readonly string[];
  /** What runs at the place, in POSIX sh; part of `argv`. */
  readonly script: string;
}

/** Goes on to level 7. */
export function toPlan(binding: BindingLevel): PlanLevel {
  const script = scriptFor(binding);
  const argv = routeArgv(binding.locator.handle.connector.route, script);
  return { level: "plan", text: describePlan({ binding }), binding, argv, script };
}
