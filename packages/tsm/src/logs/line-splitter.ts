import type { Piece } from "./read-bytes.ts";

/** A line of one log, or a part of a very long one. */
export interface RawLine {
  /** Where it begins in the whole log. */
  readonly offset: number;
  /** Without the line end. */
  readonly bytes: Uint8Array;
  /** It is not the beginning of a line: what was before is in the part before, or gone. */
  readonly continues: boolean;
  /** Its line end is not there: it is a part, or still being written. */
  readonly isOpen: boolean;
}

/** Splits what is read of a log into lines. */
export interface LineSplitter {
  /** The lines that are whole with this piece. */
  push(piece: Piece): readonly RawLine[];
  /** What is left without a line end. */
  flush(): readonly RawLine[];
  /** Where the next line begins: nothing before it is held back. */
  readonly position: number;
}

/** Longer lines come in parts, so that no line fills the memory. */
export const LONGEST_LINE_BYTES = 262_144;
const LINE_END = 10;

/** @param at where the log is begun to be read; `continues`: whether that is amid a line */
export function lineSplitter(at: number, continues = false): LineSplitter {
  let position = at;
  let isPart = continues;
  let held: Uint8Array[] = [];
  let heldBytes = 0;

  function take(bytes: Uint8Array, isOpen: boolean): RawLine {
    const whole = heldBytes === 0 ? bytes : joined([...held, bytes]);
    const line = { offset: position, bytes: whole, continues: isPart, isOpen };
    position += whole.length + (isOpen ? 0 : 1);
    held = [];
    heldBytes = 0;
    isPart = isOpen;
    return line;
  }

  function flush(): readonly RawLine[] {
    return heldBytes === 0 ? [] : [take(new Uint8Array(), true)];
  }

  /** Keeps what has no line end yet, and gives away full parts of it. */
  function keep(rest: Uint8Array, lines: RawLine[]): void {
    let left = rest;
    while (heldBytes + left.length >= LONGEST_LINE_BYTES) {
      const room = LONGEST_LINE_BYTES - heldBytes;
      lines.push(take(left.subarray(0, room), true));
      left = left.subarray(room);
    }
    if (left.length === 0) return;
    held.push(left);
    heldBytes += left.length;
  }

  return {
    push({ offset, bytes }) {
      const lines: RawLine[] = [];
      if (offset !== position + heldBytes) {
        lines.push(...flush());
        position = offset;
        isPart = true;
      }
      let from = 0;
      for (;;) {
        const end = bytes.indexOf(LINE_END, from);
        if (end === -1) break;
        const rest = bytes.subarray(from, end);
        if (heldBytes + rest.length >= LONGEST_LINE_BYTES) {
          keep(rest, lines);
          lines.push(take(new Uint8Array(), false));
        } else {
          lines.push(take(rest, false));
        }
        from = end + 1;
      }
      keep(from === 0 ? bytes : bytes.subarray(from), lines);
      return lines;
    },
    flush,
    get position() {
      return position;
    },
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
