import type { MonitorEvent } from "./event.ts";

/** A kind of event that reports know. */
export type PatternName =
  | "CLICK"
  | "PAGE"
  | "SESSION"
  | "USER"
  | "REQUEST"
  | "RESPONSE"
  | "ERROR"
  | "SYSTEM";

/** A name for events. */
export interface Pattern {
  readonly name: PatternName;
  /** Any of these; `*` stands for any characters. */
  readonly tokens: readonly string[];
  readonly description: string;
}

/** The patterns that there are. */
export const DEFAULT_PATTERNS: readonly Pattern[] = [
  {
    name: "CLICK",
    tokens: ["TETRA:CLICK:*", "TETRA:*:CLICK"],
    description: "somebody clicked; target, page, user, session",
  },
  {
    name: "PAGE",
    tokens: ["TETRA:PAGE:*", "TETRA:NAVIGATION:*"],
    description: "somebody went to a page: a step of a journey; page, user, session",
  },
  {
    name: "SESSION",
    tokens: ["TETRA:SESSION:*"],
    description: "a session began or ended (END); session, user",
  },
  { name: "USER", tokens: ["TETRA:USER:*"], description: "what a user did; user" },
  {
    name: "REQUEST",
    tokens: ["TETRA:REQUEST:*", "TETRA:*:REQUEST"],
    description: "something was asked for; id, path",
  },
  {
    name: "RESPONSE",
    tokens: ["TETRA:RESPONSE:*", "TETRA:*:RESPONSE"],
    description: "the answer; id, duration_ms",
  },
  {
    name: "ERROR",
    tokens: ["TETRA:ERROR:*", "TETRA:*:ERROR", "TETRA:*:*FAILED"],
    description: "something went wrong",
  },
  { name: "SYSTEM", tokens: ["TETRA:SYSTEM:*"], description: "the service itself" },
];

type Said = Pick<MonitorEvent, "category" | "event">;

const MATCHERS: ReadonlyMap<string, (said: Said) => boolean> = new Map(
  DEFAULT_PATTERNS.map(({ name, tokens }) => {
    const matchers = tokens.map(tokenMatcher);
    return [name, (said) => matchers.some((matches) => matches(said))];
  }),
);

/** Whether an event is of a kind. */
export function isOf(name: PatternName, said: Said): boolean {
  return MATCHERS.get(name)?.(said) ?? false;
}

/**
 * Finds events by a word, in any case: the name of a pattern, a token with or without `TETRA:` in front
 * (`*` stands for any characters), or, as a single word, a category or an event.
 */
export function eventMatcher(word: string): (said: Said) => boolean {
  const wanted = word.toUpperCase();
  const pattern = MATCHERS.get(wanted);
  if (pattern !== undefined) return pattern;
  const name = wanted.startsWith("TETRA:") ? wanted.slice(6) : wanted;
  if (name.includes(":")) return tokenMatcher(`TETRA:${name}`);
  const matches = wordMatcher(name);
  return ({ category, event }) => matches(category) || matches(event);
}

function tokenMatcher(token: string): (said: Said) => boolean {
  const [, category = "", ...event] = token.split(":");
  const isCategory = wordMatcher(category);
  const isEvent = wordMatcher(event.join(":"));
  return (said) => isCategory(said.category) && isEvent(said.event);
}

/** Without a regular expression, which many `*` make slow. */
function wordMatcher(wanted: string): (word: string) => boolean {
  const [first = "", ...parts] = wanted.split("*");
  const last = parts.pop();
  if (last === undefined) return (word) => word === first;
  return (word) => {
    if (!word.startsWith(first)) return false;
    let at = first.length;
    for (const part of parts) {
      const found = word.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return word.length - last.length >= at && word.endsWith(last);
  };
}
