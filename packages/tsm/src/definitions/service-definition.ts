import type { Dependency } from "../care/service-care.ts";
import { invalidDefinition, type Place } from "./invalid-definition.ts";
import type { Problem } from "./problems.ts";
import type { ServiceKeys } from "./service-keys.ts";

/** A service that somebody defined, in whichever file. */
export interface ServiceDefinition {
  /** What it is called and addressed by; unique in its organisation. */
  readonly name: string;
  /** What it is part of; absent: nothing said so. */
  readonly org?: string;
  /** What is written, with what the whole file says put in. */
  readonly keys: ServiceKeys;
  /** What the process is called: the name as it is, or, as the original has it, with its port after it. */
  readonly naming: { readonly base: string; readonly withPort: boolean };
  /** Absolute: what relative paths are relative to. */
  readonly folder: string;
  /** Where it is written. */
  readonly place: Place;
  /** What is odd about it, and was let pass. */
  readonly warnings: readonly string[];
}

/** Whether it is to be started without being named. */
export function isEnabled({ keys }: ServiceDefinition): boolean {
  return keys.enabled ?? true;
}

/** What must come first. */
export function dependenciesOf({ depends_on: on = [] }: ServiceKeys): readonly Dependency[] {
  return isNames(on)
    ? on.map((name) => ({ name, condition: "started" }))
    : Object.entries(on).map(([name, condition]) => ({ name, condition }));
}

/** What the processes of a definition are called, as far as that can be told without a port. */
export function processNamesOf(definition: ServiceDefinition | string): readonly string[] {
  if (typeof definition === "string") return [definition];
  const { naming, keys } = definition;
  if (keys.instances === undefined || naming.withPort) return [naming.base];
  return Array.from({ length: keys.instances }, (_, instance) => `${naming.base}-${instance}`);
}

/** Array.isArray does not tell readonly arrays apart. */
function isNames(on: NonNullable<ServiceKeys["depends_on"]>): on is readonly string[] {
  return Array.isArray(on);
}

/** What no shape can tell: keys that exclude or need each other. */
export function contradictionsIn(keys: ServiceKeys): readonly Problem[] {
  const at = (key: keyof ServiceKeys, message: string): Problem => ({
    path: [key],
    isKey: true,
    message,
  });
  const probes = [
    ["health", keys.health],
    ["ready", keys.ready],
  ] as const;
  return [
    ...(keys.command === undefined && keys.script === undefined
      ? [{ path: [], isKey: true, message: "it has neither command nor script" }]
      : []),
    ...(keys.command !== undefined && keys.script !== undefined
      ? [at("script", "it has a command already: use one of them")]
      : []),
    ...(keys.command !== undefined && keys.args !== undefined
      ? [at("args", "these belong to a script: put them into the command")]
      : []),
    ...(keys.org !== undefined && keys.namespace !== undefined
      ? [at("namespace", "it has an org already, which means the same")]
      : []),
    ...probes.flatMap(([key, probe]) =>
      probe === undefined || typeof probe === "string" || askedIn(probe) === 1
        ? []
        : [at(key, "it must ask one thing: http, tcp or command")],
    ),
  ];
}

function askedIn(probe: Readonly<Record<string, unknown>> | object): number {
  return ["http", "tcp", "command"].filter((way) => Object.hasOwn(probe, way)).length;
}

/** So many of the problems after the first are pointed to. */
const MOST_POINTED_TO = 10;

/**
 * @throws TetraError `INVALID_DEFINITION` for the first problem in the file; the rest are counted, and the
 * hint says where they are.
 */
export function refuseProblems(
  problems: readonly Problem[],
  placeOf: (problem: Problem) => Place,
): void {
  const placed = problems
    .map((problem) => ({ problem, place: placeOf(problem) }))
    .toSorted((a, b) => orderOf(a) - orderOf(b));
  const [first, ...others] = placed;
  if (first === undefined) return;
  const path = first.problem.path.map(String);
  const where = (first.problem.isUnknown === true ? path.slice(0, -1) : path).join(".");
  const what = where === "" ? first.problem.message : `${where}: ${first.problem.message}`;
  if (others.length === 0) throw invalidDefinition(first.place, what);
  const pointed = others
    .slice(0, MOST_POINTED_TO)
    .map(
      ({ problem, place: { line, column } }) => `${problem.path.join(".")} at ${line}:${column}`,
    );
  throw invalidDefinition(first.place, `${what} (and ${others.length} more)`, {
    hint: `correct it, and ${pointed.join(", ")}${others.length > MOST_POINTED_TO ? ", …" : ""}`,
  });
}

/** By line; in one line what is mistyped comes before what is missing for it. */
function orderOf({ problem, place }: { readonly problem: Problem; readonly place: Place }): number {
  return (place.line ?? 0) + (problem.isUnknown === true ? 0 : 0.5);
}
