import { eastAsianWidth } from "get-east-asian-width";

// Latin, Greek, Cyrillic, punctuation, arrows, lines and the marks we print ourselves: one column each.
// Everything else needs a segmenter, which takes 10 ms to make, so it is made when it is needed.
const NARROW =
  /^[\u0020-\u007e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u2010-\u2027\u2190-\u21ff\u2500-\u259f\u25cb\u25cf]*$/;
const INVISIBLE = /^[\p{Mark}\p{Format}\p{Default_Ignorable_Code_Point}]/u;
const EMOJI = /^\p{Emoji_Presentation}|^.\ufe0f/u;

let segmenter: Intl.Segmenter | undefined;

/** How many columns a text takes on a terminal: wide letters and emoji take two, marks none. */
export function displayWidth(text: string): number {
  if (NARROW.test(text)) return text.length;
  return letters(text).reduce((sum, letter) => sum + letterWidth(letter), 0);
}

/** Cuts a text that is wider than `columns`, with `…` or another mark in place of the rest. */
export function clip(text: string, columns: number, mark = "…"): string {
  if (displayWidth(text) <= columns) return text;
  let kept = "";
  let width = displayWidth(mark);
  for (const letter of letters(text)) {
    width += letterWidth(letter);
    if (width > columns) break;
    kept += letter;
  }
  return columns < displayWidth(mark) ? "" : `${kept}${mark}`;
}

/** What a reader takes for one letter, combining marks and joined emoji included. */
function letters(text: string): readonly string[] {
  segmenter ??= new Intl.Segmenter();
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function letterWidth(letter: string): number {
  if (NARROW.test(letter)) return letter.length;
  if (INVISIBLE.test(letter)) return 0;
  return EMOJI.test(letter) ? 2 : eastAsianWidth(letter.codePointAt(0) ?? 0);
}
