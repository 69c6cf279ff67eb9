/** The word most like `text`, if one is like it at all. */
export function nearest(text: string, words: Iterable<string>): string | undefined {
  let best: string | undefined;
  let fewest = text.length < 5 ? 1 : 2;
  for (const word of words) {
    if (Math.abs(word.length - text.length) > fewest) continue;
    const edits = distance(text, word);
    if (edits < fewest || (edits === fewest && best === undefined)) {
      best = word;
      fewest = edits;
    }
  }
  return best;
}

/** A hint that names the nearest word; `undefined` when none is near. */
export function didYouMean(text: string, words: Iterable<string>): string | undefined {
  const word = nearest(text, words);
  return word === undefined ? undefined : `did you mean ${word}?`;
}

/** How many letters must be put in, left out, changed, or swapped with the next (Damerau). */
function distance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let y = 1; y <= from.length; y += 1) {
    const row = [y];
    for (let x = 1; x <= to.length; x += 1) {
      const isSame = from[y - 1] === to[x - 1];
      const isSwapped = from[y - 1] === to[x - 2] && from[y - 2] === to[x - 1];
      row[x] = Math.min(
        cell(last, x - 1) + (isSame ? 0 : 1),
        cell(last, x) + 1,
        cell(row, x - 1) + 1,
        isSwapped ? cell(beforeLast, x - 2) + 1 : Infinity,
      );
    }
    beforeLast = last;
    last = row;
  }
  return cell(last, to.length);
}

function cell(row: readonly number[], at: number): number {
  return row[at] ?? Infinity;
}
