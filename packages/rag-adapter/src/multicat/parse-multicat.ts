import { TetraError } from "@tetra/errors";
import type { MulticatBlock } from "./block.ts";
import type { MulticatErrorCode } from "./errors.ts";
import { markerOf, unescaped } from "./marker.ts";

/** A MULTICAT text, read. */
export interface Multicat {
  /** What stands before the first block, such as a greeting. */
  readonly preamble: string;
  readonly blocks: readonly MulticatBlock[];
}

/** A line with its end, and where it is. */
interface Line {
  readonly text: string;
  /** Where its content begins, and the next line. */
  readonly from: number;
  readonly to: number;
  /** From 1. */
  readonly number: number;
}

/**
 * Reads a MULTICAT text: blocks that each begin with `#MULTICAT_START`, a header of `# key: value` lines and
 * `#MULTICAT_END`, followed by a file's content up to the next block or the end of the text. The old markers
 * with a `#` behind them are understood, and line ends of either kind. Content is handed over as it is.
 * Where paths lead is not looked at; see `pathOf`.
 * @throws TetraError `INVALID_MULTICAT`, with the line, when a header has no end, or no file, or a key twice.
 */
export function parseMulticat(text: string): Multicat {
  const starts = [...linesOf(text)].filter((line) => markerOf(line.text) !== undefined);
  const [first] = starts;
  if (first === undefined) return { preamble: text, blocks: [] };
  const blocks: MulticatBlock[] = [];
  for (let at = 0; at < starts.length; at += 2) {
    const [start, end, next] = [starts[at], starts[at + 1], starts[at + 2]];
    if (start === undefined) break;
    if (markerOf(start.text) === "end") throw refused(start, "ends a header that does not begin");
    if (end === undefined || markerOf(end.text) === "start") {
      throw refused(start, "begins a header without #MULTICAT_END");
    }
    const header = readHeader(text.slice(start.to, end.from), start);
    blocks.push({ ...header.block, content: header.contentOf(text.slice(end.to, next?.from)) });
  }
  return { preamble: text.slice(0, first.from), blocks };
}

interface Header {
  readonly block: Omit<MulticatBlock, "content">;
  readonly contentOf: (written: string) => string;
}

function readHeader(text: string, start: Line): Header {
  const fields = new Map<string, string>();
  const notes: string[] = [];
  for (const line of linesOf(text, start.number + 1)) {
    const [, key = "", value = ""] = /^#[ \t]*([A-Za-z]+)[ \t]*:(.*)$/.exec(line.text) ?? [];
    const name = key.toLowerCase();
    if (name === "note" || name === "notes") notes.push(value.trim());
    else if (name === "") refuseText(line);
    else if (fields.has(name)) throw refused(line, `says ${name} a second time`);
    else fields.set(name, value.trim());
  }
  const file = fields.get("file") ?? "";
  if (file === "") throw refused(start, "begins a block without # file:");
  const mode = fields.get("mode") ?? "full";
  if (mode !== "full" && mode !== "diff") {
    throw refused(start, `begins a block whose mode is neither full nor diff`);
  }
  const written = new Set((fields.get("written") ?? "").split(" "));
  return {
    block: { dir: fields.get("dir") || ".", file, mode, notes },
    contentOf(raw) {
      const open = written.has("without-newline") ? raw.replace(/\n$/, "") : raw;
      return written.has("escaped") ? unescaped(open) : open;
    },
  };
}

/** Empty lines and remarks in a header are nobody's harm. */
function refuseText(line: Line): void {
  if (line.text.trim() !== "" && !line.text.startsWith("#")) {
    throw refused(line, "is no header line (# key: value)");
  }
}

function* linesOf(text: string, first = 1): Generator<Line, void, undefined> {
  let number = first;
  for (let from = 0; from < text.length; number += 1) {
    const newline = text.indexOf("\n", from);
    const to = newline === -1 ? text.length : newline + 1;
    const end = newline === -1 ? to : newline;
    yield { text: text.slice(from, end).replace(/\r$/, ""), from, to, number };
    from = to;
  }
}

function refused(line: Line, problem: string): TetraError<MulticatErrorCode> {
  return new TetraError("INVALID_MULTICAT", `line ${line.number} ${problem}`, {
    hint: "write #MULTICAT_START, # dir: ./path, # file: name, #MULTICAT_END, then the content",
    details: { line: line.number },
  });
}
