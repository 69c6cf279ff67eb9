import { TetraError } from "@tetra/errors";
import type { TtsErrorCode } from "../errors.ts";
import { compareBytes } from "./byte-order.ts";

/** The first number of evidence; lower ones are the system's. */
export const FIRST_EVIDENCE = 100;

const STEP = 10;
const NAME_BYTES = 255;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The number that a name in `ctx/` begins with, leading zeros or not: `155custom` has 155. Names
 * without one, or with more than 15 digits, have none.
 */
export function contextNumber(name: string): number | undefined {
  const digits = /^[0-9]+/.exec(name)?.[0];
  return digits === undefined || digits.length > 15 ? undefined : Number(digits);
}

/** The number of the next evidence: ten more than the highest from 100 up, gaps not refilled. */
export function nextContextNumber(names: readonly string[]): number {
  const highest = names.reduce(
    (most, name) => Math.max(most, contextNumber(name) ?? 0),
    FIRST_EVIDENCE - STEP,
  );
  return highest < FIRST_EVIDENCE ? FIRST_EVIDENCE : highest + STEP;
}

/** What a name in `ctx/` is made of. */
export interface ContextNameParts {
  readonly number: number;
  /** Taken verbatim, spaces and all. */
  readonly description: string;
  /** File name of the source, without folders; a file's whole suffix is kept (`app.tar.gz`). */
  readonly sourceName: string;
  readonly kind: "file" | "folder";
}

/**
 * The name of new evidence: `<number>_<description>`, and the source's suffix when it is a file.
 * @throws TetraError `INVALID_INPUT` when that could not be a file name in `ctx/`.
 */
export function contextName(parts: ContextNameParts): string {
  const { number, description, sourceName, kind } = parts;
  if (!Number.isSafeInteger(number) || number < 0) {
    throw unusable(String(number), "the number must be a whole number from 0 up");
  }
  if (description.trim() === "") throw unusable(description, "the description is empty");
  if (kind === "file" && (sourceName === "." || sourceName === "..")) {
    throw unusable(sourceName, "the source has no file name");
  }
  const suffix = kind === "file" ? suffixOf(sourceName) : "";
  const name = `${String(number).padStart(3, "0")}_${description}${suffix}`;
  if (name.includes("/")) throw unusable(name, `it holds a "/"`);
  if (name.includes("\0")) throw unusable(name, "it holds a NUL character");
  const bytes = encoder.encode(name);
  if (bytes.length > NAME_BYTES) {
    throw unusable(name, `it has ${bytes.length} bytes, more than ${NAME_BYTES}`);
  }
  if (decoder.decode(bytes) !== name) throw unusable(name, "it holds half a character");
  return name;
}

/** Orders names in `ctx/` by leading number (none counts as 0), then by name. */
export function compareContextNames(a: string, b: string): number {
  return (contextNumber(a) ?? 0) - (contextNumber(b) ?? 0) || compareBytes(a, b);
}

/** Whether the standard's shell functions give this entry a variable `$e1`, `$e2` …. */
export function isEvidenceVariable(name: string): boolean {
  return /^[1-9][0-9]{2}_/.test(name);
}

/** From the first dot on; of `.env` that is the whole name. A dot at the very end is no suffix. */
function suffixOf(sourceName: string): string {
  const dot = sourceName.indexOf(".");
  return dot === -1 || dot === sourceName.length - 1 ? "" : sourceName.slice(dot);
}

function unusable(name: string, why: string): TetraError<TtsErrorCode> {
  const shown = name.length > 60 ? `${name.slice(0, 60)}…` : name;
  return new TetraError("INVALID_INPUT", `${JSON.stringify(shown)} cannot name evidence: ${why}`, {
    hint: "describe the evidence in a few words, without slashes",
    details: { name: name.slice(0, 300) },
  });
}
