import { TetraError } from "@tetra/errors";
import type { PatchErrorCode } from "./errors.ts";
import type { FilePatch, Hunk } from "./file-patch.ts";

// H1. What a hunk removes and the lines around it must be there, byte for byte.
// H2. A hunk fits where it says, as far as the hunks before it have moved the text; or else at the only place
//     where it can. Of several, none is chosen.
// H3. Hunks come in order and do not overlap.
// H4. A hunk that only adds, with nothing around it, fits an empty file alone: nothing says where it belongs.

/** A hunk that fits elsewhere than it says. */
export interface Moved {
  /** From 1. */
  readonly hunk: number;
  /** How many lines further down, or up when negative. */
  readonly by: number;
}

/** What a file becomes. */
export interface Fitted {
  readonly content: string;
  readonly moved: readonly Moved[];
}

/** How hunks are fitted. */
export interface FitOptions {
  /** The file, for messages. */
  readonly path: string;
  /** How many lines around what a hunk changes may differ, at its beginning and at its end. Default 0. */
  readonly fuzz?: number;
}

/** More would be guessing. */
export const MOST_FUZZ = 3;

/**
 * Applies hunks to a text. Text is compared as given: bytes are best passed as one character each.
 * @throws TetraError `PATCH_MISMATCH`, which names file, hunk and line.
 */
export function fitHunks(
  source: string,
  hunks: FilePatch["hunks"],
  { path, fuzz = 0 }: FitOptions,
): Fitted {
  const lines = linesOf(source);
  const ends = endsOf(lines);
  const out: string[] = [];
  const moved: Moved[] = [];
  let at = 0;
  let drift = 0;
  hunks.forEach((written, index) => {
    const wanted = written.start - 1 + drift;
    const hunk = ends === "crlf" ? withReturns(written) : written;
    const place = placeOf(hunk, { lines, from: at, wanted, fuzz });
    if (typeof place === "string") throw mismatch(path, { hunk, index, wanted, lines, why: place });
    out.push(...lines.slice(at, place.at), ...place.fresh);
    at = place.at + place.count;
    const by = place.at - place.skipped - wanted;
    if (by !== 0) moved.push({ hunk: index + 1, by });
    drift += by; // H2
  });
  out.push(...lines.slice(at));
  return { content: out.join(""), moved };
}

interface Search {
  readonly lines: readonly string[];
  /** The first line that may still be changed. H3 */
  readonly from: number;
  readonly wanted: number;
  readonly fuzz: number;
}

interface Place {
  readonly at: number;
  readonly count: number;
  readonly fresh: readonly string[];
  /** Lines of context that were left out at the beginning. */
  readonly skipped: number;
}

/** Where a hunk fits; or why it does not. */
function placeOf(hunk: Hunk, search: Search): Place | string {
  if (hunk.old.length === 0) {
    if (search.lines.length > 0) return "it only adds, and has no lines around that say where"; // H4
    return { at: 0, count: 0, fresh: hunk.fresh, skipped: 0 };
  }
  for (let fuzz = 0; fuzz <= search.fuzz; fuzz += 1) {
    const start = Math.min(fuzz, hunk.leading);
    const end = Math.min(fuzz, hunk.trailing);
    const old = hunk.old.slice(start, hunk.old.length - end);
    const fresh = hunk.fresh.slice(start, hunk.fresh.length - end);
    if (old.length === 0) break;
    const places = placesOf(old, search);
    const wanted = search.wanted + start;
    const only = places.includes(wanted) ? wanted : places[0];
    if (only === undefined) continue;
    if (only !== wanted && places.length > 1) {
      const shown = places.slice(0, 5).map((place) => place + 1 - start);
      return `it fits at ${places.length} places (lines ${shown.join(", ")}), not at the one it names`;
    }
    return { at: only, count: old.length, fresh, skipped: start };
  }
  return "it does not fit";
}

/** H1 */
function placesOf(old: readonly string[], { lines, from }: Search): readonly number[] {
  const places: number[] = [];
  const [first] = old;
  for (let at = from; at + old.length <= lines.length; at += 1) {
    if (lines[at] !== first) continue;
    if (old.every((line, offset) => lines[at + offset] === line)) places.push(at);
  }
  return places;
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

function endsOf(lines: readonly string[]): "crlf" | "other" {
  const whole = lines.filter((line) => line.endsWith("\n"));
  return whole.length > 0 && whole.every((line) => line.endsWith("\r\n")) ? "crlf" : "other";
}

/** A patch of plain lines for a file whose lines all end with CRLF. */
function withReturns(hunk: Hunk): Hunk {
  const isPlain = ![...hunk.old, ...hunk.fresh].some((line) => line.endsWith("\r\n"));
  const returned = (lines: readonly string[]): readonly string[] =>
    lines.map((line) => line.replace(/\n$/, "\r\n"));
  return isPlain ? { ...hunk, old: returned(hunk.old), fresh: returned(hunk.fresh) } : hunk;
}

interface Mismatch {
  readonly hunk: Hunk;
  readonly index: number;
  readonly wanted: number;
  readonly lines: readonly string[];
  readonly why: string;
}

function mismatch(
  path: string,
  { hunk, index, wanted, lines, why }: Mismatch,
): TetraError<PatchErrorCode> {
  const details = { file: path, hunk: index + 1, line: wanted + 1 };
  const differs = hunk.old.findIndex((line, at) => lines[wanted + at] !== line);
  const there = lines[wanted + differs];
  const expected = JSON.stringify(shownLine(hunk.old[differs] ?? ""));
  const found =
    there === undefined ? "the file has ended" : `there is ${JSON.stringify(shownLine(there))}`;
  const where =
    why === "it does not fit" && differs !== -1
      ? `: line ${wanted + differs + 1} should be ${expected}, ${found}`
      : "";
  return new TetraError("PATCH_MISMATCH", `${path}: hunk ${index + 1}: ${why}${where}`, {
    hint: "ask for a patch of the file as it is now",
    details,
  });
}

function shownLine(line: string): string {
  const text = Buffer.from(line, "latin1").toString("utf8");
  return text.replace(/\r?\n$/, "").slice(0, 100);
}
