import { byText } from "./in-order.ts";

/** A word and how often it was there. */
export interface Ranked {
  readonly name: string;
  readonly count: number;
}

const MOST = 10;

/** The ten most frequent words; of equally frequent ones the first of the alphabet. */
export function ranked(words: readonly string[]): readonly Ranked[] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .toSorted((a, b) => b.count - a.count || byText(a.name, b.name))
    .slice(0, MOST);
}
