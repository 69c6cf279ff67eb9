import type { Tone } from "./paint.ts";

/** A sign for an outcome. */
export interface Badge {
  readonly sign: string;
  readonly tone: Tone;
}

const BADGES: ReadonlyMap<string, Badge> = new Map([
  ["success", { sign: "✓", tone: "good" }],
  ["partial", { sign: "⚠", tone: "warn" }],
  ["abandoned", { sign: "○", tone: "dim" }],
  ["failed", { sign: "✗", tone: "bad" }],
]);

/** The sign of an outcome: `✓` success, `⚠` partial, `○` abandoned, `✗` failed, `•` any other. */
export function badgeOf(outcome: string): Badge {
  return BADGES.get(outcome) ?? { sign: "•", tone: "accent" };
}
