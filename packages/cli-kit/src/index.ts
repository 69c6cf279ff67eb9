export type {
  Argument,
  Arguments,
  Command,
  CommandLine,
  Completion,
  Option,
  Options,
  Run,
} from "./command.ts";
export { type Candidate, complete, formatOffer, type Offer } from "./complete.ts";
export { completionScript, FILES_MARK, type Shell, SHELLS } from "./completion-script.ts";
export { formatDuration, parseDuration } from "./duration.ts";
export { type CommandLineErrorCode, usageError } from "./errors.ts";
export { type Failure, failureLines, failureOf } from "./failure.ts";
export { commandHelp, familyHelp, overview } from "./help.ts";
export { nearest } from "./nearest.ts";
export { type Environment, output, type Output, type OutputMode } from "./output.ts";
export { parseCommandLine, type Request } from "./parse-command-line.ts";
export { type ProgressLine, progressLine } from "./progress-line.ts";
export { relativeTime } from "./relative-time.ts";
export { shellWord } from "./shell-word.ts";
export { type Sink, standardSink } from "./sink.ts";
export { type Piece, render, type Span, type Style, styled } from "./span.ts";
export { table, type TableLayout } from "./table.ts";
