/** The word most like `text`, if one is like it at all: for "did you mean". */
export function nearest(text: string, words: Iterable<string>): string | undefined {
  let best: string | undefined;
  let fewest = text.length < 5 ? 1 : 2;
  for (const word of words) {
    if (Math.abs(word.length - text.length) > fewest) continue;
    const edits = distance(text, word);
    if (edits > fewest || (edits === fewest && best !== undefined)) continue;
    best = word;
    fewest = edits;
  }
  return best;
}

/** What to say about a word that is none of `words`: the nearest, or all of them. */
export function suggestion(text: string, words: readonly string[]): string {
  const word = nearest(text, words);
  if (word !== undefined) return `did you mean ${word}?`;
  return words.length === 0 ? "there is none" : `there is ${words.join(", ")}`;
}

/** How many letters must be put in, left out or changed (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let y = 1; y <= from.length; y += 1) {
    const next = [y];
    for (let x = 1; x <= to.length; x += 1) {
      const changed = at(row, x - 1) + (from[y - 1] === to[x - 1] ? 0 : 1);
      next[x] = Math.min(changed, at(row, x) + 1, at(next, x - 1) + 1);
    }
    row = next;
  }
  return at(row, to.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
