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
  document: ReadDocument,
): readonly Problem[] {
  return (error?.issues ?? []).map((issue) =>
    problemAt(issue.path.map(String), document, { severity: "error", message: messageOf(issue) }),
  );
}

/** Warns about keys that look like a known one written wrong. All other unknown keys are somebody's. */
export function misspelledKeys(
  path: readonly string[],
  entry: object,
  known: readonly string[],
  document: ReadDocument,
): readonly Problem[] {
  return Object.keys(entry).flatMap((key) => {
    const meant = known.includes(key) ? undefined : nearest(key, known);
    if (meant === undefined || Object.hasOwn(entry, meant)) return [];
    const message = `is not known; did you mean ${meant}?`;
    return [problemAt([...path, key], document, { severity: "warning", message })];
  });
}

function problemAt(
  path: readonly string[],
  { file, code, lines }: ReadDocument,
  what: Pick<Problem, "severity" | "message">,
): Problem {
  const line = lines().of(path);
  return {
    ...what,
    code,
    file,
    ...(line === undefined ? {} : { line }),
    ...(path.length === 0 ? {} : { key: path.join(".") }),
  };
}

/** A key that is refused says so one level further down than a value. */
function messageOf(issue: z.core.$ZodIssue): string {
  const inner = issue.code === "invalid_key" ? issue.issues[0] : issue;
  return inner?.message ?? "is not valid";
}
