import { TetraError } from "@tetra/errors";
import type { TtsErrorCode } from "@tetra/tts-core";

/** A part of a file. Numbers count from 1, both ends are meant; without an end, everything from `start` on. */
export type Range =
  | { readonly unit: "full" }
  | {
      readonly unit: "lines" | "bytes";
      readonly start: number;
      readonly end?: number;
    };

/** Which part of which file becomes evidence. */
export interface Selector {
  /** As the caller gave it. */
  readonly file: string;
  readonly range: Range;
  readonly tags: readonly string[];
}

const TAGS = /#([\p{L}\p{N}_][\p{L}\p{N}_-]*(?:,[\p{L}\p{N}_][\p{L}\p{N}_-]*)*)$/u;
const NUMBER = /^([0-9]{1,15})(c?)$/;

/**
 * Reads `file[::start[,end]][#tag[,tag]]`. Numbers are lines; with a `c` behind them they are bytes. A file
 * whose name ends like tags is given as `name#` plus tags, or by `::1`.
 * @throws TetraError `INVALID_INPUT` when it is none.
 */
export function parseSelector(text: string): Selector {
  const tagged = TAGS.exec(text);
  const tags = tagged?.[1]?.split(",") ?? [];
  const rest = tagged === null ? text : text.slice(0, tagged.index);
  const at = rest.lastIndexOf("::");
  const file = at === -1 ? rest : rest.slice(0, at);
  if (file === "" || file.includes("\0")) throw refused(text, "it names no file");
  const range: Range = at === -1 ? { unit: "full" } : parseRange(text, rest.slice(at + 2));
  return { file, range, tags: [...new Set(tags)] };
}

function parseRange(text: string, range: string): Range {
  const [from = "", to, ...more] = range.split(",");
  const start = NUMBER.exec(from);
  const end = to === undefined ? undefined : NUMBER.exec(to);
  if (start === null || end === null || more.length > 0) {
    throw refused(text, `"${range}" is no range`);
  }
  const isBytes = start[2] === "c" || end?.[2] === "c";
  const first = Number(start[1]);
  const last = end === undefined ? undefined : Number(end[1]);
  if (first < 1 || (last !== undefined && last < first)) {
    throw refused(text, `"${range}" is no range: numbers count from 1, the smaller one first`);
  }
  return {
    unit: isBytes ? "bytes" : "lines",
    start: first,
    ...(last === undefined ? {} : { end: last }),
  };
}

/** The text of a selector, such as `src/auth.ts::10,40#auth`. */
export function formatSelector({ file, range, tags }: Selector): string {
  const marked = tags.length === 0 ? "" : `#${tags.join(",")}`;
  if (range.unit === "full") return `${file}${marked}`;
  const unit = range.unit === "bytes" ? "c" : "";
  const end = range.end === undefined ? "" : `,${range.end}${unit}`;
  return `${file}::${range.start}${unit}${end}${marked}`;
}

function refused(text: string, why: string): TetraError<TtsErrorCode> {
  return new TetraError("INVALID_INPUT", `${JSON.stringify(text.slice(0, 200))}: ${why}`, {
    hint: "select like src/auth.ts, src/auth.ts::10,40 (lines), data.log::1c,500c (bytes), src/auth.ts#auth",
    details: { selector: text.slice(0, 300) },
  });
}
