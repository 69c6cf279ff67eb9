export type { Cut } from "./rotation-note.ts";
export type { CutAnswer, RangeCut, RangeCutter } from "./cut-range.ts";
export type { DiskRoom } from "./disk-room.ts";
export type { LogsErrorCode } from "./errors.ts";
export type { RawLine } from "./line-splitter.ts";
export { lineJson, lineText, type LogLine, type LogLineJson } from "./log-line.ts";
export type { LogQuery } from "./log-query.ts";
export { type LogStream, STREAMS } from "./log-stream.ts";
export {
  type CapReport,
  DEFAULT_CAP_BYTES,
  type Logs,
  type LogsOptions,
  openLogs,
} from "./logs.ts";
export { type NoteReason, noteOffsets } from "./offset-index.ts";
export type { Rotation } from "./rotate.ts";
export { type LogLook, nextLookMs } from "./rotation-pace.ts";
export type { RotationReport } from "./rotator.ts";
