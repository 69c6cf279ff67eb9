import type * as z from "zod/mini";
import { nearest } from "../nearest.ts";
import type { KeyLines } from "./key-lines.ts";
import type { Problem } from "./problem.ts";

/** A document that was read and is compared with its schema. */
export interface ReadDocument {
  readonly file: string;
  readonly code: Problem["code"];
  readonly lines: () => KeyLines;
}

/** Turns what a schema refuses into problems with lines and keys. */
export function schemaProblems(
  error: z.core.$ZodError | undefined,
  { file, code, lines }: ReadDocument,
): readonly Problem[] {
  return (error?.issues ?? []).map((issue) => {
    const path = issue.path.map(String);
    const line = lines().of(path);
    return {
      severity: "error",
      code,
      file,
      ...(line === undefined ? {} : { line }),
      ...(path.length === 0 ? {} : { key: path.join(".") }),
      message: messageOf(issue),
    };
  });
}

/** Warns about keys that look like a known one written wrong. All other unknown keys are somebody's. */
export function misspelledKeys(
  path: readonly string[],
  entry: object,
  known: readonly string[],
  { file, code, lines }: ReadDocument,
): readonly Problem[] {
  return Object.keys(entry).flatMap((key): readonly Problem[] => {
    if (known.includes(key)) return [];
    const meant = nearest(key, known);
    if (meant === undefined || Object.hasOwn(entry, meant)) return [];
    const inner = [...path, key];
    const line = lines().of(inner);
    return [
      {
        severity: "warning",
        code,
        file,
        ...(line === undefined ? {} : { line }),
        key: inner.join("."),
        message: `is not known; did you mean ${meant}?`,
      },
    ];
  });
}

/** A key that is refused says so one level further down than a value. */
function messageOf(issue: z.core.$ZodIssue): string {
  const inner = issue.code === "invalid_key" ? issue.issues[0] : issue;
  return inner?.message ?? "is not valid";
}
