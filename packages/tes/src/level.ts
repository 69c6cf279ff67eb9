import { TetraError } from "@tetra/errors";
import type { ResolveErrorCode } from "./errors.ts";
import { didYouMean } from "./nearest.ts";

/** The eight levels of the specification, lowest first; a level's number is its place. */
export const LEVELS = [
  "symbol",
  "address",
  "channel",
  "connector",
  "handle",
  "locator",
  "binding",
  "plan",
] as const;

/** How far a symbol has been resolved. */
export type LevelName = (typeof LEVELS)[number];

/** The number of a level: 0 (symbol) to 7 (plan). */
export function levelNumber(level: LevelName): number {
  return LEVELS.indexOf(level);
}

/**
 * Reads a level as people write it: its name in any case, or its number.
 * @throws TetraError `UNKNOWN_LEVEL`
 */
export function parseLevel(text: string): LevelName {
  const name = text.toLowerCase();
  const level = LEVELS.find((known, number) => known === name || String(number) === text);
  if (level !== undefined) return level;
  throw new TetraError<ResolveErrorCode>("UNKNOWN_LEVEL", `unknown level ${JSON.stringify(text)}`, {
    hint: didYouMean(name, LEVELS) ?? `use one of ${LEVELS.join(", ")}`,
    details: { level: text },
  });
}
