import type { Output, Piece } from "@tetra/cli-kit";

type Lines = readonly (readonly Piece[])[];

/** Lines at the bottom of a terminal that are drawn again and again, with others scrolling above. */
export interface LivePage {
  /** Draws these in place of those before. */
  draw(lines: Lines): void;
  /** Prints a line above. */
  print(...pieces: readonly Piece[]): void;
  /** Leaves what is drawn where it is. */
  end(): void;
}

/** Makes a live page on a terminal. Lines must not be wider than it is. */
export function livePage(out: Output): LivePage {
  let shown: Lines = [];

  function erase(): void {
    if (shown.length > 0) out.bytes(Buffer.from(`\u001b[${shown.length}A\r\u001b[J`));
    shown = [];
  }

  return {
    draw(lines) {
      erase();
      out.printAll(lines);
      shown = lines;
    },
    print(...pieces) {
      const lines = shown;
      erase();
      out.print(...pieces);
      out.printAll(lines);
      shown = lines;
    },
    end() {
      shown = [];
    },
  };
}
