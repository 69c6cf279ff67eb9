import { styleText } from "node:util";
import { visible } from "./visible-text.ts";

/** How a piece of text may look. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "blue" | "magenta" | "cyan";

/** A piece of text and its looks. Styles are never part of the text, so that text can be made safe. */
export interface Span {
  readonly text: string;
  readonly styles: readonly Style[];
}

/** What a line is made of. */
export type Piece = string | Span;

/** A piece of text that looks like this where colour is wanted. */
export function styled(text: string, ...styles: readonly Style[]): Span {
  return { text, styles };
}

/** The bare text of a piece. */
export function textOf(piece: Piece): string {
  return typeof piece === "string" ? piece : piece.text;
}

/** Pieces as they go to the outside: control characters shown, styles only where colour is wanted. */
export function render(pieces: readonly Piece[], { colour }: { readonly colour: boolean }): string {
  let line = ""; // a loop, because listings may have 100,000 lines
  for (const piece of pieces) {
    const text = visible(textOf(piece));
    const isPlain = !colour || typeof piece === "string" || piece.styles.length === 0;
    line += isPlain ? text : styleText([...piece.styles], text, { validateStream: false });
  }
  return line;
}
