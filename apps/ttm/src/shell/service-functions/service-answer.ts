import { failureLines, failureOf, render } from "@tetra/cli-kit";
import type { ShellAnswer } from "../shell-call.ts";

/** Statuses of the reference; everything else ends with 1. */
const STATUSES: Readonly<Record<string, number>> = {
  USAGE: 64,
  INVALID_OPTION: 64,
  NO_COMMAND: 64,
  PLACEHOLDERS: 65,
  PORT_NOT_SET: 65,
  NOT_ASSIGNMENTS: 65,
};

/** Prints one value, as it is. */
export function value(text: string | number): ShellAnswer {
  return { status: 0, stdout: `${text}\n`, stderr: "" };
}

/** Says yes or no, and nothing else. */
export function whether(isSo: boolean): ShellAnswer {
  return { status: isSo ? 0 : 1, stdout: "", stderr: "" };
}

/** Refuses with lines; the first tells who refuses. */
export function refused(status: number, ...lines: readonly string[]): ShellAnswer {
  return { status, stdout: "", stderr: lines.map((line) => `${line}\n`).join("") };
}

/** Refuses with what was thrown, in the original's words where it had some. */
export function refusal(thrown: unknown): ShellAnswer {
  const failure = failureOf(thrown);
  const { code, message, details = {} } = failure;
  const status = STATUSES[code] ?? 1;
  if (code === "ALREADY_RUNNING") {
    return refused(status, `❌ Process '${String(details["name"])}' already running`);
  }
  if (code === "SERVICE_NOT_FOUND") {
    return refused(status, `tsm: process '${String(details["name"])}' not found`);
  }
  if (code === "SERVICE_BUSY" && message.startsWith("the allotment of ids")) {
    return refused(status, "tsm: failed to acquire ID allocation lock (timeout after 5s)");
  }
  const lines = failureLines(failure, "tsm: ");
  return refused(status, ...lines.map((line) => render(line, { colour: false })));
}
