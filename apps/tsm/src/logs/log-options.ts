import { type Arguments, usageError } from "@tetra/cli-kit";
import type { LogQuery, LogStream } from "@tetra/tsm/logs";
import { sinceOption } from "../diagnosis/since-option.ts";

/** Lines that are shown when nothing is said. */
export const DEFAULT_LINES = 50;

/** What the options of `logs` ask for. @throws TetraError `USAGE`, `INVALID_TIME` */
export function logQuery(args: Arguments, nowMs: number): LogQuery {
  const stream = streamOption(args);
  return {
    lines: linesOption(args),
    streams: stream === undefined ? undefined : [stream],
    grep: args.value("grep"),
    ignoreCase: args.has("ignore-case"),
    ...sinceOption(args, nowMs),
  };
}

function linesOption(args: Arguments): number | undefined {
  const text = args.value("lines");
  if (text === undefined) return args.value("since") === undefined ? DEFAULT_LINES : undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw usageError(
    `--lines: ${JSON.stringify(text)} is no number of lines`,
    "use a whole number from 0",
  );
}

function streamOption(args: Arguments): LogStream | undefined {
  const text = args.value("stream");
  if (text === undefined || text === "out" || text === "err") return text;
  throw usageError(`--stream: ${JSON.stringify(text)} is no stream`, "use out or err");
}
