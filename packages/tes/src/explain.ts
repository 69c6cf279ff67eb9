import { isTetraError } from "@tetra/errors";
import { type LevelName, LEVELS, levelNumber } from "./level.ts";
import type { HandleLevel } from "./levels/handle-level.ts";
import { formatOrigin, type Origin } from "./origin.ts";
import { climb, type LevelValues, type ResolveOptions } from "./resolve.ts";
import type { EndpointFields } from "./sources/endpoint-fields.ts";

/** One rung of the ladder. */
export interface ExplainedLevel {
  readonly level: LevelName;
  readonly number: number;
  /** The level's text. */
  readonly text: string;
  /** What set the values that came in at this level. */
  readonly origins: readonly ExplainedValue[];
}

/** A value and what set it. */
export interface ExplainedValue {
  /** `host`, `workUser` … */
  readonly name: string;
  readonly value: string;
  readonly origin: Origin;
}

/** Why the climb ended. */
export interface Stop {
  /** The level that could not be reached. */
  readonly level: LevelName;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** How a symbol resolves, and where each value comes from. */
export interface Explanation {
  readonly symbol: string;
  readonly levels: readonly ExplainedLevel[];
  /** Absent when the asked level was reached. */
  readonly stopped?: Stop;
  /** What was said and did not count, and why. */
  readonly remarks: readonly string[];
}

const FIELDS_OF: Readonly<Partial<Record<LevelName, readonly (keyof EndpointFields)[]>>> = {
  symbol: ["description", "network", "write", "audit"],
  address: ["type", "host", "pod", "container", "namespace", "context"],
  channel: ["workUser"],
  connector: ["authUser", "identityFile", "port", "jump", "sshEnabled"],
};

/** Climbs as far as it goes and says where every value comes from. Never throws for what is configured. */
export function explain(
  symbol: string,
  { level = "plan", ...options }: ResolveOptions & { readonly level?: LevelName },
): Explanation {
  const levels: ExplainedLevel[] = [];
  const remarks: string[] = [];
  let fields: EndpointFields = {};
  try {
    for (const value of climb(symbol, options)) {
      if (value.level === "symbol") {
        ({ fields } = value.known);
        remarks.push(...value.known.remarks);
      }
      levels.push(explained(value, fields));
      if (value.level === level) break;
    }
    return { symbol, levels, remarks };
  } catch (error) {
    if (!isTetraError(error)) throw error;
    const { code, message, hint } = error;
    const stopped: Stop = {
      level: LEVELS[levels.length] ?? "plan",
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
    };
    return { symbol, levels, stopped, remarks };
  }
}

/** The ladder as text: one line per level, below it what set its values. */
export function formatExplanation({ levels, stopped, remarks }: Explanation): string {
  const width = Math.max(...LEVELS.map((level) => level.length));
  const rungs = levels.flatMap(({ level, number, text, origins }) => [
    `${number} ${level.padEnd(width)}  ${text}`,
    ...origins.map(
      ({ name, value, origin }) =>
        `${" ".repeat(width + 4)}${name} = ${value}  (${formatOrigin(origin)})`,
    ),
  ]);
  const end =
    stopped === undefined
      ? []
      : [
          `${levelNumber(stopped.level)} ${stopped.level.padEnd(width)}  stopped: ${stopped.message}`,
          ...(stopped.hint === undefined ? [] : [`${" ".repeat(width + 4)}${stopped.hint}`]),
        ];
  return [...rungs, ...end, ...remarks.map((remark) => `note: ${remark}`)].join("\n");
}

function explained(value: LevelValues[LevelName], fields: EndpointFields): ExplainedLevel {
  const names = FIELDS_OF[value.level] ?? [];
  const origins = names.flatMap((name): readonly ExplainedValue[] => {
    const field = value.level === "channel" ? value.workUser : fields[name];
    return field === undefined ? [] : [{ name, value: String(field.value), origin: field.origin }];
  });
  const { level } = value;
  return { level, number: levelNumber(level), text: textOf(value), origins };
}

function textOf(value: LevelValues[LevelName]): string {
  return value.level === "handle" ? `${value.text}  ${testText(value)}` : value.text;
}

function testText({ connector, test }: HandleLevel): string {
  if (connector.route.type === "local") return "(this machine)";
  return test === undefined ? "(not tested)" : `(tested, ${Math.round(test.latencyMs)} ms)`;
}
