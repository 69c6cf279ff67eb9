/**
 * How a piece of text looks.
 * @typedef {object} Look
 * @property {number | undefined} colour of the palette, 0 to 255
 * @property {number | undefined} background of the palette
 * @property {boolean} isBold printed bold
 * @property {boolean} isDim less bright
 * @property {boolean} isReversed colour and background changed places
 */

/**
 * A piece of a line that looks alike.
 * @typedef {Look & { text: string }} Piece
 */

/** @type {Look} */
const PLAIN = {
  colour: undefined,
  background: undefined,
  isBold: false,
  isDim: false,
  isReversed: false,
};

/** What changes a look, and what else tmux prints: it has taken everything else out. */
// oxlint-disable-next-line eslint/no-control-regex -- these are what starts with a control character
const SEQUENCE = /\u001B\[([\d;:]*)m|[\u000E\u000F]/g;

/**
 * The lines of what `tmux capture-pane -p -e` prints, in pieces. A look goes on over the end of a line.
 * @param {string} text
 * @returns {Piece[][]}
 */
export function readAnsi(text) {
  let look = PLAIN;
  return text.split("\n").map((line) => {
    /** @type {Piece[]} */
    const pieces = [];
    let at = 0;
    for (const match of line.matchAll(SEQUENCE)) {
      if (match.index > at) pieces.push({ ...look, text: line.slice(at, match.index) });
      at = match.index + match[0].length;
      if (match[1] !== undefined) look = changed(look, match[1]);
    }
    if (at < line.length) pieces.push({ ...look, text: line.slice(at) });
    return pieces;
  });
}

/**
 * @param {Look} look
 * @param {string} parameters
 * @returns {Look}
 */
function changed(look, parameters) {
  const codes = parameters.split(/[;:]/).map(Number);
  const now = { ...look };
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if ((code === 38 || code === 48) && codes[at + 1] === 5) {
      now[code === 38 ? "colour" : "background"] = codes[at + 2];
      at += 2;
    } else Object.assign(now, effectOf(code));
  }
  return now;
}

/**
 * @param {number} code
 * @returns {Partial<Look>}
 */
function effectOf(code) {
  if (code === 0) return PLAIN;
  if (code === 1) return { isBold: true };
  if (code === 2) return { isDim: true };
  if (code === 7) return { isReversed: true };
  if (code === 22) return { isBold: false, isDim: false };
  if (code === 27) return { isReversed: false };
  if (code === 39) return { colour: undefined };
  if (code === 49) return { background: undefined };
  if (code >= 30 && code <= 37) return { colour: code - 30 };
  if (code >= 90 && code <= 97) return { colour: code - 82 };
  if (code >= 40 && code <= 47) return { background: code - 40 };
  if (code >= 100 && code <= 107) return { background: code - 92 };
  return {};
}
