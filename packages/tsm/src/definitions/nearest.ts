/** What to say about a word that is none of `words`: the one it was probably meant to be, or all of them. */
export function suggestion(word: string, words: readonly string[]): string {
  const meant = nearest(word, words);
  if (meant !== undefined) return `did you mean ${meant}?`;
  return words.length === 0 ? "there is none" : `there is ${words.join(", ")}`;
}

/** A beginning of so many letters tells a word: `max_mem`, or `environment` for `env`. */
const TELLING = 3;

/**
 * The word that fewest typing mistakes make `typed`, else the only one that begins with it or that it
 * begins with; `undefined` when there is none.
 */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  const most = typed.length < 5 ? 1 : 2;
  const [best] = words
    .map((word) => ({ word, mistakes: mistakesBetween(typed.toLowerCase(), word.toLowerCase()) }))
    .filter(({ mistakes }) => mistakes <= most)
    .toSorted((a, b) => a.mistakes - b.mistakes);
  return best?.word ?? onlyBegun(typed, words);
}

function onlyBegun(typed: string, words: readonly string[]): string | undefined {
  const begun = words.filter(
    (word) =>
      Math.min(word.length, typed.length) >= TELLING &&
      (word.startsWith(typed) || typed.startsWith(word)),
  );
  return begun.length === 1 ? begun[0] : undefined;
}

/** Letters left out, put in, changed, or two exchanged (optimal string alignment). */
function mistakesBetween(from: string, to: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line += 1) {
    const next = [line];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[line - 1] === to[column - 1];
      const isExchanged = from[line - 1] === to[column - 2] && from[line - 2] === to[column - 1];
      next[column] = Math.min(
        (row[column] ?? Infinity) + 1,
        (next[column - 1] ?? Infinity) + 1,
        (row[column - 1] ?? Infinity) + (isSame ? 0 : 1),
        isExchanged ? (before[column - 2] ?? Infinity) + 1 : Infinity,
      );
    }
    before = row;
    row = next;
  }
  return row[to.length] ?? Infinity;
}
