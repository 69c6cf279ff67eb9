import { TetraError } from "@tetra/errors";
import { type MonitorEvent, tokenOf } from "./event.ts";
import type { MonitoringErrorCode } from "./errors.ts";
import { eventMatcher } from "./patterns.ts";

/** A line of `triggers.conf`: a command for events. */
export interface Trigger {
  /** A pattern, a token, or a category or event: {@link eventMatcher}. */
  readonly name: string;
  /** As it stands in the file. */
  readonly command: string;
  readonly description: string;
  readonly isEnabled: boolean;
  /** From 1. */
  readonly line: number;
  /** What `sh` runs: `{TOKEN}` and the like became quoted references to variables. */
  readonly script: string;
  readonly matches: (event: Pick<MonitorEvent, "category" | "event">) => boolean;
}

/** What a placeholder stands for, as the variable that has it. */
const VARIABLES = {
  "{TOKEN}": "TETRA_TOKEN",
  "{DATA}": "TETRA_DATA",
  "{TIMESTAMP}": "TETRA_TIMESTAMP",
} as const;

/** The environment in which a trigger's command learns of an event. */
export interface TriggerEnvironment {
  /** `TETRA:CLICK:BUTTON` */
  readonly TETRA_TOKEN: string;
  readonly TETRA_DATA: string;
  /** RFC 3339, UTC, with milliseconds. */
  readonly TETRA_TIMESTAMP: string;
  readonly TETRA_SERVICE: string;
}

/** What the command of a trigger is to know of an event. NUL, which no variable can hold, becomes U+FFFD. */
export function triggerEnvironment(event: MonitorEvent): TriggerEnvironment {
  return {
    TETRA_TOKEN: tokenOf(event),
    TETRA_DATA: event.data.replaceAll("\0", "\u{fffd}"),
    TETRA_TIMESTAMP: new Date(event.atMs).toISOString(),
    TETRA_SERVICE: event.service,
  };
}

const ENABLED = ["true", "yes", "on", "1", "enabled"];
const DISABLED = ["false", "no", "off", "0", "disabled"];

/**
 * Reads `triggers.conf`: lines of `NAME|CMD|DESC|ENABLED`, where only CMD may have further `|`; empty ones
 * and those that begin with `#` say nothing.
 *
 * CMD runs under `sh`. `{TOKEN}`, `{DATA}` and `{TIMESTAMP}` in it become variables in quotes, each one
 * word whatever it holds: what a service printed never becomes a part of the script.
 * @param where the file, for messages
 * @throws TetraError `INVALID_TRIGGER` with the line
 */
export function parseTriggers(text: string, where: string): readonly Trigger[] {
  return text.split("\n").flatMap((line, at) => {
    if (/^\s*(#|$)/.test(line)) return [];
    return [triggerFrom(line, { line: at + 1, where })];
  });
}

interface Place {
  readonly line: number;
  readonly where: string;
}

function triggerFrom(text: string, place: Place): Trigger {
  const [name = "", ...rest] = text.split("|");
  const enabled = rest.pop()?.trim().toLowerCase() ?? "";
  const description = rest.pop();
  const command = rest.join("|").trim();
  if (description === undefined || name.trim() === "" || command === "") {
    throw refused("this is no trigger", "write NAME|CMD|DESC|ENABLED", place);
  }
  if (![...ENABLED, ...DISABLED].includes(enabled)) {
    throw refused(
      `${JSON.stringify(enabled)} does not say whether it is enabled`,
      "end the line with |true or |false",
      place,
    );
  }
  return {
    name: name.trim(),
    command,
    description: description.trim(),
    isEnabled: ENABLED.includes(enabled),
    line: place.line,
    script: scriptOf(command, place),
    matches: eventMatcher(name.trim()),
  };
}

const PLACEHOLDER = /\{(?:TOKEN|DATA|TIMESTAMP)\}/;
// the parts between which placeholders may stand; a backslash takes the character behind it along
const PART = /\{(?:TOKEN|DATA|TIMESTAMP)\}|\\[^]|[^]/g;
// quotes begin anew inside of these, so where a placeholder stands would have to be guessed
const NESTING = /\$\(|\$\{|\$'|\$"|`|<</;

/**
 * The script that a command becomes. A placeholder turns into a reference to a variable, quoted for where
 * it stands: outside of quotes, in double ones, in single ones.
 */
function scriptOf(command: string, place: Place): string {
  if (!PLACEHOLDER.test(command)) return command;
  const nesting = NESTING.exec(command)?.[0];
  if (nesting !== undefined) {
    throw refused(
      `a placeholder cannot be in a command with ${nesting}`,
      'write "$TETRA_DATA", "$TETRA_TOKEN" and "$TETRA_TIMESTAMP" there instead',
      place,
    );
  }
  let script = "";
  let quote = "";
  for (const [part] of command.matchAll(PART)) {
    const variable = variableOf(part);
    if (variable !== undefined) {
      script += referenceIn(quote, variable);
    } else if (quote === "'" && part.length === 2) {
      // in single quotes a backslash takes nothing along
      script += part;
      if (part[1] === "'") quote = "";
    } else {
      script += part;
      if (part === quote) quote = "";
      else if (quote === "" && (part === "'" || part === '"')) quote = part;
    }
  }
  return script;
}

function variableOf(part: string): string | undefined {
  const entry = Object.entries(VARIABLES).find(([placeholder]) => placeholder === part);
  return entry?.[1];
}

function referenceIn(quote: string, variable: string): string {
  if (quote === '"') return `\${${variable}}`;
  return quote === "'" ? `'"\${${variable}}"'` : `"\${${variable}}"`;
}

function refused(what: string, hint: string, { line, where }: Place): TetraError {
  return new TetraError<MonitoringErrorCode>("INVALID_TRIGGER", `${where}:${line}: ${what}`, {
    hint,
    details: { file: where, line },
  });
}
