import type { Masker } from "@tetra/tts-core/saga";

/** Takes secrets out of output as it comes, however it is cut into pieces. */
export interface MaskStream {
  /** @returns what can be shown now. */
  put(bytes: Uint8Array): Uint8Array;
  /** @returns the rest. */
  end(): Uint8Array;
}

/** A line that is longer is let go in pieces. */
const LONGEST_LINE = 64 * 1024;

/**
 * Masks line by line: no form of a secret that is masked has a line end in it. A line without an end is
 * cut where no secret is.
 */
export function maskStream(masker: () => Masker, longestSecret: () => number): MaskStream {
  let held = "";

  function masked(text: string): Uint8Array {
    return Buffer.from(masker().text(text), "latin1");
  }

  return {
    put(bytes) {
      held += Buffer.from(bytes).toString("latin1"); // each byte stays what it is
      const lineEnd = held.lastIndexOf("\n") + 1;
      const isLong = held.length - lineEnd > LONGEST_LINE;
      const end = isLong
        ? lineEnd + cutOf(held.slice(lineEnd), masker(), longestSecret())
        : lineEnd;
      const whole = held.slice(0, end);
      held = held.slice(end);
      return masked(whole);
    },
    end() {
      const rest = held;
      held = "";
      return masked(rest);
    },
  };
}

/** What is escaped twice takes up to this many characters for one. */
const LONGEST_ESCAPE = 14;

/** The last place that is inside no secret, whatever follows. */
function cutOf(line: string, masker: Masker, longestSecret: number): number {
  const reach = longestSecret * LONGEST_ESCAPE;
  for (let cut = line.length - reach; cut > 0; cut -= 1) {
    const before = line.slice(Math.max(0, cut - reach), cut);
    const behind = line.slice(cut, cut + reach);
    if (masker.text(before + behind) === masker.text(before) + masker.text(behind)) return cut;
  }
  return 0;
}
