import { randomBytes } from "node:crypto";
import { join } from "node:path/posix";
import { type FileSystem, readAll, writeAll } from "@tetra/durable-fs";
import type { Clock } from "../clock.ts";
import { removeIfThere } from "./archives.ts";
import type { RangeCutter } from "./cut-range.ts";
import { isCut, noteFrom } from "./extent.ts";
import type { LogPaths } from "./log-paths.ts";
import type { LogStream } from "./log-stream.ts";
import {
  type Cut,
  flushEntries,
  readNoteText,
  type RotationNote,
  writeNote,
} from "./rotation-note.ts";
import { chainEnd, listSegments, segmentName, UNFINISHED } from "./segment.ts";

// A service has its log open for appending for ever, so the file stays and its beginning is taken away.
// What must stay true, whoever dies where:
//
// R1. Who rotates holds the lock, and so does the program that cuts: nobody else cuts meanwhile.
// R2. The current file is flushed before it is copied: after a power cut it is not shorter than its copy.
// R3. An archive gets its name when it is whole and flushed; a name is all that says so.
// R4. There is a note before the first archive has its name: an archive without a note was left behind.
// R5. The mark is written over what is archived only (R3), and flushed before a note speaks of it.
// R6. The note says what is cut before it is cut, and that it was cut after that is flushed.
// R7. Whether it was cut is seen by the mark: at the beginning of the file it stands until then.
//
// So: no note of a cut: nothing was cut, and what is archived already need not be again. A note and the
// mark: cut. A note and no mark: it was cut; write down where the file begins now.

/** What rotating works with. */
export interface RotationParts {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly cutter: RangeCutter;
  /** The block size of the file system at a path: only whole blocks can be cut. */
  readonly blockBytes: (path: string) => number;
}

/** One stream of one service, by somebody who holds the lock. */
export interface RotationPlace {
  readonly paths: LogPaths;
  readonly stream: LogStream;
  /** The descriptor that has the lock. */
  readonly lock: number;
}

/** What one rotation did. */
export interface Rotation {
  readonly stream: LogStream;
  /** How many bytes of the log are archived by it. */
  readonly bytes: number;
  /** How they were taken off the current file. `truncate` may have lost what was written at that moment. */
  readonly how: Cut;
}

const CHUNK_BYTES = 131_072;
/** How often the rest is archived with a flush before a file is emptied. */
const FLUSHED_RESTS = 3;
const encoder = new TextEncoder();

/**
 * Archives what can be of a stream and takes it off the current file; first finishes what somebody who
 * died left. `undefined`: there is not a whole block, or no log.
 */
export async function rotateStream(
  parts: RotationParts,
  place: RotationPlace,
): Promise<Rotation | undefined> {
  const { fs } = parts;
  const { paths, stream } = place;
  await recoverStream(parts, place);
  const size = fs.stat(paths.current[stream])?.size ?? 0;
  if (size === 0) return undefined;
  const path = paths.note[stream];
  const text = readNoteText(fs, path);
  const said = noteFrom(fs, paths, { stream, text });
  const note = withoutEmptied(said, size);
  if (text === undefined || note !== said) await writeNote(fs, path, note); // R4
  const archived = chainEnd(listSegments(fs, paths.folder, stream), note.start);
  const to = archived > note.start ? archived : await archive(parts, place, note);
  if (to === undefined) return undefined;
  const how = await cut(parts, place, { ...note, to });
  return { stream, bytes: to - note.start, how };
}

/** A file that is shorter than its holes were has been emptied or replaced by a person. */
function withoutEmptied(note: RotationNote, size: number): RotationNote {
  const { base, start } = note;
  return base + size < start ? { base: start, start } : note;
}

/** Finishes a cut that somebody who died had begun, and removes what is half an archive. */
export async function recoverStream(parts: RotationParts, place: RotationPlace): Promise<void> {
  const { fs } = parts;
  const { paths, stream } = place;
  removeIfThere(fs, partPath(place));
  const note = noteFrom(fs, paths, { stream, text: readNoteText(fs, paths.note[stream]) });
  if (note.cut === undefined) return;
  const isGone = fs.stat(paths.current[stream]) === undefined;
  if (isGone || isCut(fs, paths.current[stream], note)) {
    await noteEnd(fs, place, { ...note, to: note.cut.to });
  } else {
    await cut(parts, place, { ...note, to: note.cut.to }, note.cut.how);
  }
}

/** Copies the whole blocks that are not archived yet. @returns where they end, if there are any. */
async function archive(
  { fs, clock, blockBytes }: RotationParts,
  place: RotationPlace,
  { base, start }: RotationNote,
): Promise<number | undefined> {
  const { paths, stream } = place;
  const current = paths.current[stream];
  const fd = fs.open(current, "read");
  try {
    const block = blockBytes(current);
    const length = Math.floor((fs.statOpen(fd).size - 1) / block) * block; // one byte must stay
    const to = base + length;
    if (to <= start) return undefined;
    await fs.flushLater(fd); // R2
    const part = partPath(place);
    if (start === base) {
      await fs.copy(current, part); // the system copies: no byte comes through this process
      shorten(fs, part, length);
    } else {
      await copyRange(fs, fd, { part, from: start - base, to: length });
    }
    await keepArchive(fs, place, { start, end: to, atMs: clock.now() });
    return to;
  } finally {
    fs.close(fd);
  }
}

/** Gives a part that is whole its name, durably. */
async function keepArchive(
  fs: FileSystem,
  place: RotationPlace,
  range: { readonly start: number; readonly end: number; readonly atMs: number },
): Promise<void> {
  const { paths, stream } = place;
  const part = partPath(place);
  await flushFile(fs, part);
  fs.rename(part, join(paths.folder, segmentName({ stream, ...range, isCompressed: false }))); // R3
  await flushEntries(fs, paths.folder);
}

/** Takes off what is archived: by moving what follows, else by making holes, else by emptying the file. */
async function cut(
  parts: RotationParts,
  place: RotationPlace,
  note: RotationNote & { readonly to: number },
  first: Cut = "collapse",
): Promise<Cut> {
  const { fs, cutter } = parts;
  const { paths, stream, lock } = place;
  const { base, start, to } = note;
  const length = to - base;
  const fd = fs.open(paths.current[stream], "update");
  try {
    if (fs.statOpen(fd).size < length) return await alreadyEmptied();
    const mark = note.cut?.mark ?? newMark(); // R7: one that is noted stays
    if (note.cut?.mark === undefined) {
      writeAll(fs, fd, encoder.encode(mark), 0); // R5
      await fs.flushLater(fd);
    }
    if (first === "collapse") {
      await writeNote(fs, paths.note[stream], { base, start, cut: { how: "collapse", to, mark } }); // R6
      if ((await cutter.collapse({ fd, length, lock })) === "done") {
        await fs.flushLater(fd);
        await noteEnd(fs, place, note);
        return "collapse";
      }
    }
    if (first !== "truncate") {
      await writeNote(fs, paths.note[stream], { base, start: to, cut: { how: "punch", to } });
      if ((await cutter.punch({ fd, length, lock })) === "done") {
        await writeNote(fs, paths.note[stream], { base, start: to });
        return "punch";
      }
    }
    await writeNote(fs, paths.note[stream], { base, start, cut: { how: "truncate", to, mark } });
    const rest = await archiveRest(parts, place, { fd, base, to });
    fs.truncate(fd, 0);
    if (rest !== undefined) await flushFile(fs, rest);
    await fs.flushLater(fd);
    await noteEnd(fs, place, note);
    return "truncate";
  } finally {
    fs.close(fd);
  }

  /** A person has emptied the file since it was archived. */
  async function alreadyEmptied(): Promise<Cut> {
    await writeNote(fs, paths.note[stream], { base: to, start: to });
    return "truncate";
  }
}

/** Writes down where the file begins after it was cut. */
async function noteEnd(
  fs: FileSystem,
  { paths, stream }: RotationPlace,
  { to }: { readonly to: number },
): Promise<void> {
  const base = chainEnd(listSegments(fs, paths.folder, stream), to);
  await writeNote(fs, paths.note[stream], { base, start: base });
}

/**
 * Archives what was written since, until nothing is: with the flushes that it needs, and if more comes
 * all the while the last of it without, so that hardly anything can be written before the file is emptied.
 * @returns the path of what is not flushed.
 */
async function archiveRest(
  { fs, clock }: RotationParts,
  place: RotationPlace,
  { fd, base, to }: { readonly fd: number; readonly base: number; readonly to: number },
): Promise<string | undefined> {
  const { paths, stream } = place;
  let start = chainEnd(listSegments(fs, paths.folder, stream), to);
  for (let tries = 0; tries < FLUSHED_RESTS; tries += 1) {
    const end = base + fs.statOpen(fd).size;
    if (end <= start) return undefined;
    await copyRange(fs, fd, { part: partPath(place), from: start - base, to: end - base });
    await keepArchive(fs, place, { start, end, atMs: clock.now() });
    start = end;
  }
  const rest = readAll(fs, fd, start - base);
  if (rest.length === 0) return undefined;
  const range = { start, end: start + rest.length, atMs: clock.now() };
  const path = join(paths.folder, segmentName({ stream, ...range, isCompressed: false }));
  const out = fs.open(partPath(place), "create");
  try {
    writeAll(fs, out, rest);
  } finally {
    fs.close(out);
  }
  fs.rename(partPath(place), path);
  return path;
}

async function flushFile(fs: FileSystem, path: string): Promise<void> {
  const fd = fs.open(path, "update");
  try {
    await fs.flushLater(fd);
  } finally {
    fs.close(fd);
  }
}

async function copyRange(
  fs: FileSystem,
  fd: number,
  { part, from, to }: { readonly part: string; readonly from: number; readonly to: number },
): Promise<void> {
  const out = fs.open(part, "create");
  try {
    for (let at = from; at < to;) {
      const bytes = fs.read(fd, at, Math.min(CHUNK_BYTES, to - at));
      if (bytes.length === 0) throw new Error(`${part}: the log became shorter`);
      writeAll(fs, out, bytes);
      at += bytes.length;
      await fs.flushLater(out); // lets others have their turn, too
    }
  } finally {
    fs.close(out);
  }
}

function shorten(fs: FileSystem, path: string, length: number): void {
  const fd = fs.open(path, "update");
  try {
    if (fs.statOpen(fd).size < length) throw new Error(`${path}: the log became shorter`);
    fs.truncate(fd, length);
  } finally {
    fs.close(fd);
  }
}

function newMark(): string {
  const random = randomBytes(16).toString("hex");
  return `[tetra is rotating this log; what was here is in the folder logs ${random}]\n`;
}

function partPath({ paths, stream }: RotationPlace): string {
  return join(paths.folder, `${stream}${UNFINISHED}`);
}
