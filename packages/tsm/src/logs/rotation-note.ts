import { type FileSystem, isSystemError, readFile, writeAll } from "@tetra/durable-fs";
import { dirname } from "node:path/posix";
import { countFrom, isRecord, oneOf } from "../files/lenient.ts";

const CUTS = ["collapse", "punch", "truncate"] as const;
/** How the archived beginning of a log is taken away. */
export type Cut = (typeof CUTS)[number];

/** The note of a stream, `rotate.<stream>.json`. Offsets are those of the whole log. */
export interface RotationNote {
  /** The offset of the first byte of the current file. */
  readonly base: number;
  /** From here on the current file has data: below it are holes. Default: `base`. */
  readonly start: number;
  /** What is being done; it was archived up to `to` before. */
  readonly cut?: {
    readonly how: Cut;
    readonly to: number;
    /** What the file begins with as long as it is not cut; not for holes. */
    readonly mark?: string;
  };
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The bytes of the note, to be compared; `undefined` when there is none. */
export function readNoteText(fs: FileSystem, path: string): string | undefined {
  if (fs.stat(path) === undefined) return undefined; // nearly always: a throw would cost more
  try {
    return decoder.decode(readFile(fs, path));
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** What a note says; `undefined` when it is none. */
export function parseNote(text: string): RotationNote | undefined {
  const read = parsed(text);
  if (!isRecord(read)) return undefined;
  const base = countFrom(read["base"]);
  if (base === undefined) return undefined;
  const start = countFrom(read["start"]) ?? base;
  const { cut } = read;
  if (!isRecord(cut)) return { base, start };
  const how = oneOf(CUTS, cut["how"]);
  const to = countFrom(cut["to"]);
  if (how === undefined || to === undefined) return { base, start };
  const mark = cut["mark"];
  return { base, start, cut: { how, to, ...(typeof mark === "string" ? { mark } : {}) } };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Replaces the note, durably. The caller holds the lock. Waits for the disk without blocking. */
export async function writeNote(fs: FileSystem, path: string, note: RotationNote): Promise<void> {
  const temporary = `${path}.new`;
  if (fs.stat(temporary) !== undefined) fs.removeFile(temporary); // of somebody who died
  const fd = fs.open(temporary, "create");
  try {
    writeAll(fs, fd, encoder.encode(`${JSON.stringify(note)}\n`));
    await fs.flushLater(fd);
  } finally {
    fs.close(fd);
  }
  fs.rename(temporary, path);
  await flushEntries(fs, dirname(path));
}

/** Makes the entries of a folder durable, without blocking. */
export async function flushEntries(fs: FileSystem, folder: string): Promise<void> {
  const fd = fs.open(folder, "folder");
  try {
    await fs.flushLater(fd);
  } finally {
    fs.close(fd);
  }
}
