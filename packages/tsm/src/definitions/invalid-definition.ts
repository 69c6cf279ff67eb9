import { TetraError } from "@tetra/errors";
import type { DefinitionErrorCode } from "./errors.ts";

/** Where something is in a file, from 1; the column where it is known. */
export interface Place {
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** The error for a file that is not what it must be. The message begins with the place. */
export function invalidDefinition(
  { file, line, column }: Place,
  problem: string,
  { hint = "correct it", cause }: { readonly hint?: string; readonly cause?: unknown } = {},
): TetraError<DefinitionErrorCode> {
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  return new TetraError("INVALID_DEFINITION", `${place}: ${oneLine(problem)}`, {
    hint,
    details: { file, line, column },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The error for a file that is there and cannot be read: a folder, a circle of links, somebody else's. */
export function unreadable(
  file: string,
  cause: Error & { readonly code: string },
): TetraError<DefinitionErrorCode> {
  const why = cause.code === "EISDIR" ? "it is a folder" : cause.code;
  return invalidDefinition({ file }, `cannot be read: ${why}`, {
    hint: "look at the path, and at its permissions",
    cause,
  });
}

function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ");
}
