import { TetraError } from "@tetra/errors";
import type { ContextErrorCode } from "./errors.ts";

/** Counts what a model would count. */
export interface Tokenizer {
  /** The encoding, such as `o200k_base`. */
  readonly encoding: string;
  /** Tokens of a text. Words that stand for special tokens are text like any other. */
  readonly count: (text: string) => number;
}

/** The encodings that are known, the default first. */
export const ENCODINGS = ["o200k_base", "cl100k_base"] as const;

/** The name of an encoding. */
export type Encoding = (typeof ENCODINGS)[number];

/** Spelled out, so that a bundler makes a part of each, loaded when it is wanted. */
const LOAD: Readonly<Record<Encoding, () => Promise<EncodingModule>>> = {
  o200k_base: () => import("gpt-tokenizer/encoding/o200k_base"),
  cl100k_base: () => import("gpt-tokenizer/encoding/cl100k_base"),
};

interface EncodingModule {
  readonly countTokens: (
    text: string,
    options: { readonly allowedSpecial: Set<string>; readonly disallowedSpecial: Set<string> },
  ) => number;
}

/**
 * Loads what counts tokens of an encoding: a few megabytes, once per process.
 * @throws TetraError `INVALID_INPUT` when it is none that is known.
 */
export async function loadTokenizer(encoding: string = ENCODINGS[0]): Promise<Tokenizer> {
  if (!isEncoding(encoding)) {
    throw new TetraError<ContextErrorCode>(
      "INVALID_INPUT",
      `${JSON.stringify(encoding.slice(0, 60))} is no encoding`,
      { hint: `use one of ${ENCODINGS.join(", ")}`, details: { encoding } },
    );
  }
  const { countTokens } = await LOAD[encoding]();
  const options = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() };
  const countPiece = (piece: string): number => countTokens(piece, options);
  return {
    encoding,
    count: (text) => piecesOf(text).reduce((sum, piece) => sum + countPiece(piece), 0),
  };
}

function isEncoding(text: string): text is Encoding {
  return ENCODINGS.some((encoding) => encoding === text);
}

/** Counting takes time with the square of the longest run without a boundary: 5 s for 80,000 letters. */
const LONGEST_RUN = 2000;
const RUNS = new RegExp(String.raw`(?:\S{${LONGEST_RUN}}|\s{${LONGEST_RUN}})`, "g");

/** The text, cut after each so many characters of a run: that makes it a token more at most for each cut. */
function piecesOf(text: string): readonly string[] {
  if (text.length < LONGEST_RUN) return [text];
  const pieces: string[] = [];
  let at = 0;
  for (const { index, 0: run } of text.matchAll(RUNS)) {
    const end = index + run.length;
    pieces.push(text.slice(at, end));
    at = end;
  }
  return [...pieces, text.slice(at)];
}
