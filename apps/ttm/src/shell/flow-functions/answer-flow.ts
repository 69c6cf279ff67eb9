import { isTetraError } from "@tetra/errors";
import { visible } from "@tetra/rag-adapter";
import { evidenceLines } from "../../evidence-variables.ts";
import type { ShellAnswer } from "../shell-call.ts";
import { data, type Further, refusal, refused } from "../transaction-functions/answer.ts";
import { variablesOf } from "../transaction-functions/context.ts";
import type { FlowCaller } from "./flow-caller.ts";

/** Answers with lines that are ready for a terminal, colours included. */
export function page(lines: readonly string[], further?: Further): ShellAnswer {
  return data(lines.map((line) => `${line}\n`).join(""), further);
}

/** Refuses in the reference's words where it has some. */
export function refusedFlow(thrown: unknown): ShellAnswer {
  if (isTetraError(thrown, "NO_ACTIVE")) return refused("Error: No active flow");
  if (isTetraError(thrown, "NO_SESSION")) return refused("Error: No active session");
  return refusal(thrown);
}

/** Whether something is not there, or could not be. */
export function isMissing(thrown: unknown): boolean {
  return isTetraError(thrown, "NOT_FOUND") || isTetraError(thrown, "INVALID_ID");
}

/** Runs, and where what it is about is not there, refuses with these words. */
export async function orMissing(
  run: () => Promise<ShellAnswer>,
  words: string,
): Promise<ShellAnswer> {
  try {
    return await run();
  } catch (error) {
    if (isMissing(error)) return refused(words);
    throw error;
  }
}

/** The same with the words for a flow. */
export function found(id: string, run: () => Promise<ShellAnswer>): Promise<ShellAnswer> {
  return orMissing(run, `Error: Flow not found: ${id}`);
}

/** What is told of evidence variables, and what sets them. */
export function evidenceAnswer(
  { memory }: FlowCaller,
  paths: readonly string[],
): {
  readonly lines: readonly string[];
  readonly variables: NonNullable<ShellAnswer["variables"]>;
} {
  return {
    lines: evidenceLines(paths).map(visible),
    variables: { ...variablesOf({ memory }, paths), EVIDENCE_COUNT: String(paths.length) },
  };
}
