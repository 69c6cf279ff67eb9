import type { Sink } from "./sink.ts";
import { type Piece, render } from "./span.ts";
import { visibleLines } from "./visible-text.ts";

/**
 * How to answer: for people (`terminal`: aligned and coloured), for other programs (`plain`: stable
 * lines), or as one JSON value (`json`).
 */
export type OutputMode = "terminal" | "plain" | "json";

/** The environment variables that matter for how output looks. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Standard output, as commands use it. */
export interface Output {
  readonly mode: OutputMode;
  /** Columns to fit into; absent where there is no such limit. */
  readonly columns: number | undefined;
  /** Prints one line for people; control characters in it are shown, not sent. */
  print(...pieces: readonly Piece[]): void;
  /** Prints many lines for people in one go. */
  printAll(lines: readonly (readonly Piece[])[]): void;
  /** Prints text exactly as it is, line end included; on a terminal, control characters are shown. */
  data(text: string): void;
  /** Prints a value as JSON, two-space indented. */
  json(value: unknown): void;
  /** Passes on bytes exactly as they are. */
  bytes(bytes: Uint8Array): void;
  /** Calls back when nobody reads any more. */
  onClosed(callback: () => void): void;
}

/** What an output is made of. */
export interface OutputParts {
  readonly sink: Sink;
  readonly env: Environment;
  /** Whether `--json` was given. */
  readonly json: boolean;
  /** Asks the terminal for its width. */
  readonly columns: () => number | undefined;
}

/** Makes the output for a sink. */
export function output({ sink, env, json, columns }: OutputParts): Output {
  const colour = wantsColour(sink, env);
  let mode: OutputMode = sink.isTerminal ? "terminal" : "plain";
  if (json) mode = "json";
  return {
    mode,
    get columns() {
      // some pseudo-terminals say 0
      return sink.isTerminal ? columns() || undefined : undefined;
    },
    print: (...pieces) => sink.write(`${render(pieces, { colour })}\n`),
    printAll: (lines) =>
      sink.write(lines.map((pieces) => `${render(pieces, { colour })}\n`).join("")),
    data: (text) => sink.write(sink.isTerminal ? visibleLines(text) : text),
    // JSON allows DEL and C1 controls as they are; their escapes mean the same to every reader
    json: (value) => sink.write(`${visibleLines(JSON.stringify(value, undefined, 2))}\n`),
    bytes: (bytes) => sink.write(bytes),
    onClosed: (callback) => sink.onClosed(callback),
  };
}

/** Whether to colour: on a terminal, unless NO_COLOR says no; everywhere, if FORCE_COLOR says yes. */
export function wantsColour({ isTerminal }: Pick<Sink, "isTerminal">, env: Environment): boolean {
  const { FORCE_COLOR: force = "", NO_COLOR: no = "", TERM: terminal } = env;
  if (force !== "") return force !== "0" && force !== "false";
  return isTerminal && no === "" && terminal !== "dumb";
}
