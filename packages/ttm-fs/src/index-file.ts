import { newestFirst, type TransactionState } from "@tetra/tts-core";

/** First line of the index: which one it is, and since when it can be believed. */
export interface IndexHeader {
  readonly version: number;
  /** Tells this base from any other. */
  readonly base: string;
  /** Marks do not survive a reboot, so neither does what they were about. */
  readonly boot: string;
}

/** Says that a base and the marks together hold every name that was in the folder at a time. */
export interface NamesNote {
  readonly base: string;
  /** The folder's modification time, in milliseconds. */
  readonly folderMs: number;
}

/** One transaction in the index. */
export interface IndexEntry {
  readonly id: string;
  readonly state: TransactionState;
}

const VERSION = 2;
const NEWLINE = 10;
const decoder = new TextDecoder();

/** The last line, so that an index which was cut can be told. */
const END = "end\n";

/** The index as text: the header, then a line for each transaction, newest first, then an end. */
export function* formatIndex(
  header: Omit<IndexHeader, "version">,
  entries: readonly IndexEntry[],
): Generator<string> {
  yield `${JSON.stringify({ version: VERSION, ...header })}\n`;
  for (const { id, state } of entries) yield `${JSON.stringify([state.stage, id, state])}\n`;
  yield END;
}

/** The header, or `undefined` when these bytes are not a whole index of this version. */
export function readHeader(bytes: Uint8Array): IndexHeader | undefined {
  if (decoder.decode(bytes.subarray(-END.length - 1)) !== `\n${END}`) return undefined;
  const value = parse(decoder.decode(bytes.subarray(0, bytes.indexOf(NEWLINE))));
  if (typeof value !== "object" || value === null) return undefined;
  if (!("version" in value) || value.version !== VERSION) return undefined;
  if (!("boot" in value) || typeof value.boot !== "string") return undefined;
  if (!("base" in value) || typeof value.base !== "string") return undefined;
  return { version: VERSION, base: value.base, boot: value.boot };
}

/** The note about names, or `undefined` when these bytes are none. */
export function readNamesNote(bytes: Uint8Array): NamesNote | undefined {
  const value = parse(decoder.decode(bytes));
  if (typeof value !== "object" || value === null) return undefined;
  if (!("base" in value) || typeof value.base !== "string") return undefined;
  if (!("folderMs" in value) || typeof value.folderMs !== "number") return undefined;
  return { base: value.base, folderMs: value.folderMs };
}

/**
 * The entries, in order. With a stage, only the lines of that stage are decoded: they begin with it.
 */
export function* readEntries(bytes: Uint8Array, stage?: string): Generator<IndexEntry> {
  const wanted = stage === undefined ? undefined : Buffer.from(`[${JSON.stringify(stage)},`);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let start = buffer.indexOf(NEWLINE) + 1; start > 0 && start < buffer.length;) {
    const newline = buffer.indexOf(NEWLINE, start);
    const end = newline === -1 ? buffer.length : newline;
    if (wanted === undefined || startsWith(buffer, start, wanted)) {
      const entry = parseEntry(buffer.toString("utf8", start, end));
      if (entry !== undefined) yield entry;
    }
    start = end + 1;
  }
}

/** The ids of all entries. */
export function* readIds(bytes: Uint8Array): Generator<string> {
  for (const { id } of readEntries(bytes)) yield id;
}

function startsWith(buffer: Buffer, start: number, wanted: Buffer): boolean {
  const end = start + wanted.length;
  return end <= buffer.length && buffer.compare(wanted, 0, wanted.length, start, end) === 0;
}

function parseEntry(line: string): IndexEntry | undefined {
  const value = parse(line);
  if (!Array.isArray(value) || value.length !== 3 || typeof value[1] !== "string") return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by us, out of such a state
  return { id: value[1], state: value[2] as TransactionState };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a cache that cannot be read is made again
  }
}

/** Newest first: by the time in the id, then by the id. */
export function compareEntries(a: IndexEntry, b: IndexEntry): number {
  return newestFirst(a.id, b.id);
}
