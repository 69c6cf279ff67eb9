import { TetraError } from "@tetra/errors";
import type { TtsErrorCode } from "@tetra/tts-core";
import type { Range } from "./selector.ts";

/** What a range of a file came to. */
export interface Slice {
  readonly bytes: Uint8Array;
  /** `full`, `lines=a:b` or `bytes=a:b`; `b` is where the file ended if it did before. */
  readonly span: string;
}

const NEWLINE = 10;

/**
 * Cuts a range out of a file.
 * @throws TetraError `INVALID_INPUT` when the range begins behind the end of the file.
 */
export function slice(content: Uint8Array, range: Range, where: string): Slice {
  switch (range.unit) {
    case "full":
      return { bytes: content, span: "full" };
    case "bytes": {
      const end = Math.min(range.end ?? content.length, content.length);
      if (range.start > content.length) throw tooFar(where, `${content.length} bytes`);
      return {
        bytes: content.subarray(range.start - 1, end),
        span: `bytes=${range.start}:${end}`,
      };
    }
    case "lines": {
      const ends = lineEnds(content);
      const end = Math.min(range.end ?? ends.length, ends.length);
      if (range.start > ends.length) throw tooFar(where, `${ends.length} lines`);
      return {
        bytes: content.subarray(ends[range.start - 2] ?? 0, ends[end - 1]),
        span: `lines=${range.start}:${end}`,
      };
    }
  }
}

/** Where each line ends, its newline included; the last one may lack it. */
function lineEnds(content: Uint8Array): readonly number[] {
  const ends: number[] = [];
  for (let at = content.indexOf(NEWLINE); at !== -1; at = content.indexOf(NEWLINE, at + 1)) {
    ends.push(at + 1);
  }
  if ((ends.at(-1) ?? 0) < content.length) ends.push(content.length);
  return ends;
}

function tooFar(where: string, has: string): TetraError<TtsErrorCode> {
  return new TetraError("INVALID_INPUT", `${where}: the range begins behind the end (${has})`, {
    hint: "give a range that the file has",
    details: { file: where },
  });
}
