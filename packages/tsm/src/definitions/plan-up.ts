import { TetraError } from "@tetra/errors";
import type { Dependency } from "../care/service-care.ts";
import { type Launched, type LaunchChange, launchDifference } from "../launch/launch-difference.ts";
import type { DefinitionErrorCode } from "./errors.ts";
import { suggestion } from "./nearest.ts";
import { startOrder } from "./start-order.ts";

// What makes that which runs match a file of definitions. Invariants:
//
// P1. After a plan was carried out, the plan for the same file has nothing to do.
// P2. Nothing is stopped that another file, or a person, started.

/** A process that a definition wants. */
export interface Wanted {
  /** The process's name. */
  readonly name: string;
  /** The name of its definition; several instances have one. */
  readonly definition: string;
  /** Processes that come first. */
  readonly dependsOn: readonly Dependency[];
  /** Whether it is to run without being named. */
  readonly isEnabled: boolean;
  /** What it is, with all defaults put in. */
  readonly spec: Launched;
}

/** A service that there is. */
export interface Existing {
  readonly name: string;
  /** `completed`: it ended by itself, and well. `down`: anything else that does not run. */
  readonly state: "up" | "completed" | "down";
  /** The file whose definition it was started from, if it was. */
  readonly source?: string | undefined;
  readonly dependsOn: readonly Dependency[];
  /** What it is, with all defaults put in. */
  readonly spec: Launched;
}

/** What is to be done about one process. */
export interface Step {
  readonly name: string;
  readonly action: "start" | "stop" | "restart" | "unchanged";
  /** Why, in a few words. */
  readonly why: string;
  /** How what is wanted differs from what there is; secrets are masked. */
  readonly differences: readonly LaunchChange[];
  /** Processes that must come first; for a stop, that are stopped after it. */
  readonly dependsOn: readonly Dependency[];
}

/** What to compare. */
export interface UpInput {
  /** The file; absolute. */
  readonly source: string;
  readonly wanted: readonly Wanted[];
  readonly existing: readonly Existing[];
  /** Names of definitions; with what they depend on. Default: all that are enabled. */
  readonly only?: readonly string[];
}

/**
 * What to do so that what runs is as the file says: one step for each process that is wanted, in an order
 * in which they can be started, after those that are to be stopped.
 *
 * What is wanted and does not run is started, what runs otherwise than it says is restarted, and what was
 * started from this file and is no longer in it is stopped. A service that is not enabled is left as it
 * is. One that has completed is not run again, unless one that waits for that is started.
 * @throws TetraError `NAME_TAKEN`, `UNKNOWN_DEPENDENCY`, `DEPENDENCY_CYCLE`, `DEFINITION_NOT_FOUND`
 */
export function planUp({ source, wanted, existing, only }: UpInput): readonly Step[] {
  const found = new Map(existing.map((service) => [service.name, service]));
  const levels = startOrder(wanted);
  const chosen = chosenNames(wanted, found, only);
  const steps = levels.flat().flatMap((want) => {
    if (!chosen.has(want.name)) return [];
    const is = found.get(want.name);
    if (is?.state === "up") refuseForeign(is, source);
    return [stepFor(want, is)];
  });
  const names = new Set(wanted.map(({ name }) => name));
  const gone = existing.filter(
    (service) => service.state === "up" && service.source === source && !names.has(service.name), // P2
  );
  return [
    ...(only === undefined ? gone.map((service) => stopStep(service, GONE)) : []),
    ...runAgain(steps),
  ];
}

/** What to take down. */
export interface DownInput extends Omit<UpInput, "wanted"> {
  /** Each definition, with what its processes may be called. */
  readonly defined: readonly { readonly name: string; readonly processes: readonly string[] }[];
}

/**
 * What to do so that nothing of the file runs.
 * @throws TetraError `DEFINITION_NOT_FOUND`
 */
export function planDown({ source, defined, existing, only }: DownInput): readonly Step[] {
  checkKnown(
    defined.map(({ name }) => name),
    only,
  );
  const meant = defined.filter(({ name }) => only?.includes(name) ?? true);
  const names = new Set(meant.flatMap(({ processes }) => processes));
  return existing
    .filter(({ state, source: from = source }) => state === "up" && from === source) // P2
    .filter((is) => names.has(is.name) || (only === undefined && is.source === source))
    .map((is) => stopStep(is, names.has(is.name) ? "asked for" : GONE));
}

function stepFor({ name, dependsOn, spec }: Wanted, is: Existing | undefined): Step {
  const differences = is === undefined ? [] : launchDifference(is.spec, spec);
  const step = { name, dependsOn, differences };
  if (is === undefined) return { ...step, action: "start", why: "it is new" };
  const isChanged = differences.length > 0;
  if (is.state === "down") return { ...step, action: "start", why: "it does not run" };
  if (is.state === "up") {
    return isChanged
      ? { ...step, action: "restart", why: "it was changed" }
      : { ...step, action: "unchanged", why: "it runs" };
  }
  return isChanged
    ? { ...step, action: "start", why: "it was changed" }
    : { ...step, action: "unchanged", why: "it has completed" };
}

/** What has completed is run again for those that wait for it, and so on down. */
function runAgain(steps: readonly Step[]): readonly Step[] {
  const again = new Set<string>();
  // backwards: whoever depends comes after what it depends on
  for (const { name, action, dependsOn } of steps.toReversed()) {
    const starts = again.has(name) || action === "start" || action === "restart";
    for (const need of starts ? dependsOn : []) {
      if (need.condition === "completed") again.add(need.name);
    }
  }
  return steps.map((step) =>
    again.has(step.name) && step.action === "unchanged" && step.why === "it has completed"
      ? { ...step, action: "start", why: "others wait for it to complete" }
      : step,
  );
}

function chosenNames(
  wanted: readonly Wanted[],
  found: ReadonlyMap<string, Existing>,
  only: readonly string[] | undefined,
): ReadonlySet<string> {
  checkKnown(
    wanted.map(({ definition }) => definition),
    only,
  );
  const isMeant = ({ name, definition, isEnabled }: Wanted): boolean =>
    only === undefined ? isEnabled || found.get(name)?.state === "up" : only.includes(definition);
  const chosen = new Set<string>();
  const choose = (want: Wanted | undefined): void => {
    if (want === undefined || chosen.has(want.name)) return;
    chosen.add(want.name);
    for (const need of want.dependsOn) choose(wanted.find(({ name }) => name === need.name));
  };
  wanted.filter(isMeant).forEach(choose);
  return chosen;
}

/** @throws TetraError `DEFINITION_NOT_FOUND` */
function checkKnown(defined: readonly string[], only: readonly string[] = []): void {
  const known = new Set(defined);
  const unknown = only.find((name) => !known.has(name));
  if (unknown === undefined) return;
  throw new TetraError<DefinitionErrorCode>(
    "DEFINITION_NOT_FOUND",
    `no service ${JSON.stringify(unknown)} is in the file`,
    { hint: suggestion(unknown, [...known]), details: { name: unknown } },
  );
}

/** @throws TetraError `NAME_TAKEN` for what another file started (P2) */
function refuseForeign({ name, source: other }: Existing, source: string): void {
  if (other === undefined || other === source) return;
  throw new TetraError<DefinitionErrorCode>("NAME_TAKEN", `${name} runs, as ${other} defines it`, {
    hint: `run "tsm down ${other}" first, or give one of them another name`,
    details: { name, source: other },
  });
}

const GONE = "no longer defined";

function stopStep({ name, dependsOn }: Existing, why: string): Step {
  return { name, action: "stop", why, differences: [], dependsOn };
}
