import { TetraError } from "@tetra/errors";
import type { EndpointErrorCode } from "../errors.ts";

/** How a failure shows itself, and what to say about it. */
export interface FailureSign {
  readonly code: EndpointErrorCode;
  /** In what the programs print. */
  readonly pattern: RegExp;
  /** What to say; without it the line that matched. */
  readonly reason?: string;
  readonly hint: string;
}

/** The first sign that a text shows. */
export function signIn(text: string, signs: readonly FailureSign[]): FailureSign | undefined {
  return signs.find(({ pattern }) => pattern.test(text));
}

/** The error of a sign, with the line that gave it away. */
export function failure(
  subject: string,
  text: string,
  { code, pattern, reason, hint }: FailureSign,
): TetraError<EndpointErrorCode> {
  const line = text.split(/\r?\n/u).find((each) => pattern.test(each)) ?? lastLine(text);
  return new TetraError(code, `${subject}: ${reason ?? printable(line)}`, {
    hint,
    details: { said: printable(text.trim()).slice(0, 2000) },
  });
}

/** The last line that says something. */
export function lastLine(text: string): string {
  return text.trim().split(/\r?\n/u).at(-1) ?? "";
}

/** What others wrote, without anything a terminal obeys. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are exactly what must go
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu, "").trim();
}
