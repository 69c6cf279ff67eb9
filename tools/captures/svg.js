/** @typedef {import("./ansi.js").Piece} Piece */

const CELL = { width: 8.4, height: 17, font: 14 };
const MARGIN = 14;
const INK = "#d8dee9";
const PAPER = "#1f2430";
/** The first sixteen colours: as terminals have them, and readable on the paper. */
const PALETTE = [
  ["#3b4252", "#f2777a", "#8fd18a", "#f0c674", "#7aa6da", "#c397d8", "#70c0ba", "#d8dee9"],
  ["#7b8496", "#ff9da4", "#b5e8b0", "#ffe2a8", "#a3c7f0", "#dbb8ea", "#a0dcd6", "#ffffff"],
].flat();
/** What a terminal gives two cells. */
const WIDE = /\p{Emoji_Presentation}/u;

/**
 * A terminal's page as a picture. Each piece stands in its cells, whatever the font.
 * @param {readonly (readonly Piece[])[]} lines
 * @param {{ columns: number, title: string }} options
 */
export function renderSvg(lines, { columns, title }) {
  const width = Math.ceil(columns * CELL.width + 2 * MARGIN);
  const height = lines.length * CELL.height + 2 * MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${PAPER}"/>`,
    `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${CELL.font}" fill="${INK}" xml:space="preserve">`,
    ...lines.flatMap((line, row) => rowOf(line, MARGIN + row * CELL.height)),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

/**
 * @param {readonly Piece[]} line
 * @param {number} top
 */
function rowOf(line, top) {
  /** @type {string[]} */
  const drawn = [];
  let cell = 0;
  for (const piece of line) {
    const cells = cellsOf(piece.text);
    const left = short(MARGIN + cell * CELL.width);
    const { ink, paper } = coloursOf(piece);
    const width = short(cells * CELL.width);
    if (paper !== undefined) {
      drawn.push(
        `<rect x="${left}" y="${top}" width="${width}" height="${CELL.height}" fill="${paper}"/>`,
      );
    }
    if (piece.text.trim() !== "") {
      const style = [
        ink === INK ? "" : ` fill="${ink}"`,
        piece.isBold ? ' font-weight="bold"' : "",
        piece.isDim ? ' opacity="0.65"' : "",
      ].join("");
      const baseline = top + CELL.font + 1;
      drawn.push(
        `<text x="${left}" y="${baseline}" textLength="${width}" lengthAdjust="spacingAndGlyphs"${style}>${escaped(piece.text)}</text>`,
      );
    }
    cell += cells;
  }
  return drawn;
}

/** @param {Piece} piece */
function coloursOf({ colour, background, isReversed }) {
  const ink = colour === undefined ? INK : hexOf(colour);
  const paper = background === undefined ? undefined : hexOf(background);
  return isReversed ? { ink: paper ?? PAPER, paper: ink } : { ink, paper };
}

/** The palette of 256: sixteen, a cube of six by six by six, and greys. @param {number} colour */
function hexOf(colour) {
  const known = PALETTE[colour];
  if (known !== undefined) return known;
  if (colour >= 232) return rgb(Array.from({ length: 3 }, () => 8 + (colour - 232) * 10));
  const at = colour - 16;
  const levels = [Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6];
  return rgb(levels.map((level) => (level === 0 ? 0 : 55 + level * 40)));
}

/** @param {readonly number[]} parts */
function rgb(parts) {
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

/** @param {string} text */
function cellsOf(text) {
  return Array.from(text).reduce((cells, sign) => cells + (WIDE.test(sign) ? 2 : 1), 0);
}

/** @param {number} number */
function short(number) {
  return Number(number.toFixed(2));
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
