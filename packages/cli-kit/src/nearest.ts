/** The word most like `text`, if one is like it at all: for "did you mean". */
export function nearest(text: string, words: readonly string[]): string | undefined {
  const [best] = words
    .map((word) => ({ word, distance: distance(text, word) }))
    .filter(({ word, distance: edits }) => edits <= (word.length < 5 ? 1 : 2))
    .toSorted((a, b) => a.distance - b.distance);
  return best?.word;
}

/** How many letters must be put in, left out or changed (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [y, letter] of Array.from(from).entries()) {
    const next = [y + 1];
    for (const [x, other] of Array.from(to).entries()) {
      const changed = (row[x] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[x + 1] ?? 0) + 1, (next[x] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
