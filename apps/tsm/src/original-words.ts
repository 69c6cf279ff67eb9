import { type Failure, failureLines, type Piece, styled } from "@tetra/cli-kit";
import { failedStartLines } from "./start/failed-start-lines.ts";

// What scripts around the original tool may look for on standard error (sections 4 to 6 and 14 of its
// reference). Most lines of it begin with the program's name.

type Line = readonly Piece[];

/** The failure in the original's words where it had some. */
export function inOriginalWords(program: string, failure: Failure): Failure {
  const message = originalMessage(program, failure);
  return message === undefined ? failure : { ...failure, message };
}

function originalMessage(
  program: string,
  { code, message, details = {} }: Failure,
): string | undefined {
  const { command, option, missing, name, word } = details;
  switch (code) {
    case "UNKNOWN_COMMAND":
      return `unknown command '${String(command)}'`;
    case "USAGE":
      if (typeof option === "string") return `unknown option '${option}'`;
      return typeof missing === "string" ? `${missing} required` : undefined;
    case "SERVICE_NOT_FOUND":
      // of info, in its own words
      return isMarked(message) ? undefined : `process '${String(word ?? name)}' not found`;
    case "DEFINITION_NOT_FOUND":
      return `❌ Service not found: ${String(name)}`;
    case "NOT_RUNNING":
      return `process '${String(name)}' not running`;
    case "NO_COMMAND":
      return "command required";
    case "COMMAND_NOT_FOUND":
      return `'${String(details["program"])}' not found or not executable`;
    case "ALREADY_RUNNING":
      return program === "tpm"
        ? `process '${String(name)}' already running`
        : `❌ Process '${String(name)}' already running`;
    case "AMBIGUOUS_SERVICE":
      return `ambiguous name '${String(word ?? name)}', matches:`;
    default:
      return undefined;
  }
}

/** A failure for people: its line, what belongs to it, and the way out. */
export function linesOf(program: string, failure: Failure): readonly Line[] {
  const { code, message, hint, details = {} } = failure;
  if (code === "START_FAILED" || code === "PORT_IN_USE") return failedStartLines(failure);
  const beginning = isMarked(message) ? "" : `${program}: `;
  const [first = [], ...rest] = failureLines(failure, beginning);
  if (code === "AMBIGUOUS_SERVICE") return [first, ...candidateLines(details["candidates"])];
  // a usage line stands by itself
  if (hint?.startsWith("usage: ") === true) return [first, [hint]];
  return [first, ...rest];
}

function isMarked(message: string): boolean {
  return /^[❌✗🔴]/u.test(message);
}

function candidateLines(candidates: unknown): readonly Line[] {
  if (!Array.isArray(candidates)) return [];
  return candidates.map((each: unknown): Line => {
    const { id, name } = { id: undefined, name: undefined, ...Object(each) };
    return [styled(`  ${String(id ?? "-")}: ${String(name ?? each)}`)];
  });
}
