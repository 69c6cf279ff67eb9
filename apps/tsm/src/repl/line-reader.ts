import { stdin, stdout } from "node:process";
import { createInterface, type Interface } from "node:readline";
import { callbackify } from "node:util";
import type { LineCompletion } from "./complete-line.ts";

/** What reading a line came to. */
export type Read =
  | { readonly type: "line"; readonly text: string }
  /** Ctrl-C where a question was to be answered, or right behind a line: it is not to be carried out. */
  | { readonly type: "interrupted" }
  /** Ctrl-D, or nothing more comes. */
  | { readonly type: "end" };

/** Where lines come from. Between two reads the terminal is as it was, so that others can use it. */
export interface LineReader {
  /** Reads a line. @param keep whether it can be had again with the arrow keys, as answers cannot */
  read(prompt: string, keep: boolean): Promise<Read>;
  /** Ends it; a read under way ends too. */
  close(): void;
}

/** What a terminal offers besides lines. */
export interface LineEditing {
  /** Oldest first. */
  readonly history: readonly string[];
  /** Never throws. */
  readonly complete: (line: string) => Promise<LineCompletion>;
}

const END: Read = { type: "end" };

/** Lines that somebody types on the terminal, with editing, history and completion. */
export function terminalLines({ history, complete }: LineEditing): LineReader {
  const lines = createInterface({
    input: stdin,
    output: stdout,
    terminal: true,
    history: history.toReversed(),
    historySize: 1000,
    removeHistoryDuplicates: true,
    completer: callbackify(complete),
  });
  const queue = queueOf(lines);
  let keeps = true;
  let isInterrupted = false;
  lines.on("history", (kept: string[]) => {
    if (!keeps) kept.shift();
  });
  // what was typed stays in sight, and a new line begins
  lines.on("SIGINT", () => {
    lines.write(null, { ctrl: true, name: "e" });
    stdout.write("^C\n");
    lines.write(null, { ctrl: true, name: "u" });
    // right behind a line it is about that line
    if (!queue.isWanted()) isInterrupted = true;
    else if (keeps) lines.prompt(true);
    else queue.push({ type: "interrupted" });
  });
  release();

  function release(): void {
    lines.pause();
    stdin.setRawMode(false);
  }

  return {
    async read(prompt, keep) {
      keeps = keep;
      const waiting = queue.shift();
      if (waiting !== undefined) return waiting;
      lines.setPrompt(prompt);
      stdin.setRawMode(true);
      lines.prompt(true); // what was typed ahead is there already
      isInterrupted = false;
      const read = await queue.next();
      if (read.type === "end") stdout.write("\n");
      else release();
      return isInterrupted && read.type === "line" ? { type: "interrupted" } : read;
    },
    close: () => lines.close(),
  };
}

/** Lines of a file or a pipe. */
export function pipedLines(): LineReader {
  const lines = createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY });
  const queue = queueOf(lines);
  return { read: () => queue.next(), close: () => lines.close() };
}

interface Queue {
  /** Whether somebody waits for a line. */
  isWanted(): boolean;
  push(read: Read): void;
  shift(): Read | undefined;
  next(): Promise<Read>;
}

/** Several lines may come at once, and before anybody asks. */
function queueOf(lines: Interface): Queue {
  const waiting: Read[] = [];
  let hasEnded = false;
  let wanted: ((read: Read) => void) | undefined;
  const push = (read: Read): void => {
    if (wanted === undefined) waiting.push(read);
    else wanted(read);
    wanted = undefined;
  };
  const shift = (): Read | undefined => waiting.shift() ?? (hasEnded ? END : undefined);
  lines.on("line", (text) => push({ type: "line", text }));
  lines.on("close", () => {
    hasEnded = true;
    if (wanted !== undefined) push(END);
  });
  return {
    isWanted: () => wanted !== undefined,
    push,
    shift,
    async next() {
      const read = shift();
      if (read !== undefined) return read;
      return new Promise((resolve) => {
        wanted = resolve;
      });
    },
  };
}
