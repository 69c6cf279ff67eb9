export type { Completed, Topic, Topics, Written } from "./answer-completion.ts";
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
export { type Candidate, complete, type Offer } from "./complete.ts";
export { completionScript, type Shell, SHELLS } from "./completion-script.ts";
export { clip, displayWidth } from "./display-width.ts";
export { formatDuration, parseDuration } from "./duration.ts";
export { type CommandLineErrorCode, usageError } from "./errors.ts";
export { type Failure, failureLines, failureOf } from "./failure.ts";
export { familyHelp } from "./help.ts";
export { nearest } from "./nearest.ts";
export { type Environment, output, type Output, type OutputMode } from "./output.ts";
export { parseCommandLine } from "./parse-command-line.ts";
export type { ProgressLine } from "./progress-line.ts";
export { relativeTime } from "./relative-time.ts";
export {
  completeWords,
  type Program,
  runProgram,
  runWords,
  type RunWithin,
  type ToldFailure,
} from "./run-program.ts";
export { shellWord } from "./shell-word.ts";
export type { Sink } from "./sink.ts";
export { type Piece, render, type Span, type Style, styled } from "./span.ts";
export { table, type TableLayout } from "./table.ts";
export type { StopSignal, Terminal } from "./terminal.ts";
export { visible } from "./visible-text.ts";
