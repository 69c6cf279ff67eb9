import type { RawLine } from "./line-splitter.ts";
import type { LogStream } from "./log-stream.ts";

/** A line of a service's output. */
export interface LogLine extends RawLine {
  /** The name of the service. */
  readonly service: string;
  readonly stream: LogStream;
  /** It was written at this time, milliseconds since the epoch, or up to `precisionMs` before. */
  readonly atMs: number;
  /** `undefined` where nobody noted when the log was shorter. */
  readonly precisionMs: number | undefined;
}

/** What a line has besides what is in the log. */
export type LineOrigin = Omit<LogLine, keyof RawLine>;

/** A line of a service. Field by field: there may be millions, and spreading takes ten times as long. */
export function logLine(
  { offset, bytes, continues, isOpen }: RawLine,
  { service, stream, atMs, precisionMs }: LineOrigin,
): LogLine {
  return { service, stream, atMs, precisionMs, offset, bytes, continues, isOpen };
}

/** A line as JSON: one object per line of output. */
export interface LogLineJson {
  readonly service: string;
  readonly stream: LogStream;
  readonly line: string;
  /** RFC 3339, UTC: it was written then, or up to `precision_ms` before. */
  readonly at: string;
  readonly precision_ms?: number;
  /** Its first byte in the whole log, rotated parts included. */
  readonly offset: number;
  /** It goes on where the one before ended: a part of a line of more than 256 KiB, or its beginning is gone. */
  readonly continues?: true;
  /** Its line end is not there (yet). */
  readonly open?: true;
}

const decoder = new TextDecoder();

/** The text of a line; what is not UTF-8 becomes U+FFFD. */
export function lineText({ bytes }: Pick<RawLine, "bytes">): string {
  return decoder.decode(bytes);
}

/** A line as it is printed as JSON. */
export function lineJson(line: LogLine): LogLineJson {
  const { service, stream, atMs, precisionMs, offset, continues, isOpen } = line;
  return {
    service,
    stream,
    line: lineText(line),
    at: new Date(atMs).toISOString(),
    ...(precisionMs === undefined ? {} : { precision_ms: precisionMs }),
    offset,
    ...(continues ? { continues } : {}),
    ...(isOpen ? { open: true } : {}),
  };
}
