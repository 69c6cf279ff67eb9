import { TetraError } from "@tetra/errors";
import type { LaunchErrorCode } from "./errors.ts";

/** A text that is being read, and how far. */
export interface TextCursor {
  readonly text: string;
  /** The file, for messages. */
  readonly where: string;
  at: number;
}

/** Takes what fits here, if anything does; the expression is sticky. */
export function take(cursor: TextCursor, expression: RegExp): string | undefined {
  expression.lastIndex = cursor.at;
  const [found] = expression.exec(cursor.text) ?? [];
  if (found !== undefined) cursor.at += found.length;
  return found;
}

/** Whether the expression, which is sticky, fits at a place. */
export function fits({ text }: TextCursor, expression: RegExp, at: number): boolean {
  expression.lastIndex = at;
  return expression.test(text);
}

/** The line of a place in the text, from 1. */
export function lineAt({ text }: TextCursor, at: number): number {
  return text.slice(0, at).split("\n").length;
}

/** The error for what is more than assignments: the file, the line, and what it is. */
export function refusal(
  cursor: TextCursor,
  what: string,
  at: number = cursor.at,
): TetraError<LaunchErrorCode> {
  const { where } = cursor;
  const line = lineAt(cursor, at);
  return new TetraError("NOT_ASSIGNMENTS", `${where}:${line}: ${what}`, {
    hint: "leave plain assignments in it, and quote what is text: the file is read, never executed",
    details: { where, line, what },
  });
}
