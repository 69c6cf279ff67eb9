import {
  type FileSystem,
  type FileVersion,
  isSystemError,
  readAll,
  readFile,
  sameVersion,
  versionOf,
} from "@tetra/durable-fs";
import {
  type Adoption,
  blankTransaction,
  type LogContent,
  parseState,
  readLog,
  reconstruct,
  type StoredState,
  type Transaction,
} from "@tetra/tts-core";
import type { FolderPaths } from "./layout.ts";

/** What was last read of a transaction's log and state together. */
export interface View {
  /** The truth, other writers' changes included. */
  readonly transaction: Transaction;
  /** What must be recorded before anything else is appended. */
  readonly adoption: Adoption | undefined;
  /** Whether `state.json` holds anything but the truth. */
  readonly stale: boolean;
  /** Length of the log's whole part, in bytes. */
  readonly wholeLength: number;
  readonly damage: LogContent["damage"];
  readonly endsForeign: boolean;
  readonly endsOpen: boolean;
  /** Length of the log that was read; another length means that somebody wrote. */
  readonly logLength: number;
  readonly stored: StoredFile;
}

/** What was last read of `state.json`. */
export interface StoredFile {
  /** Absent when there was none. */
  readonly version: FileVersion | undefined;
  readonly text: string | undefined;
}

/** What is read where there is no `state.json`. */
export const NO_STATE: StoredFile = { version: undefined, text: undefined };

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Whether nothing was written since the view was taken. */
export function isCurrent(fs: FileSystem, paths: FolderPaths, logFd: number, view: View): boolean {
  return (
    fs.statOpen(logFd).size === view.logLength &&
    sameVersion(fs.stat(paths.state), view.stored.version)
  );
}

/**
 * Reads log and state; what an earlier view has folded is not folded again where that is possible.
 *
 * The state is read first: writers put the log before the state, so the log is never behind it.
 */
export function readView(
  fs: FileSystem,
  id: string,
  { paths, logFd, before }: { paths: FolderPaths; logFd: number; before: View | undefined },
): View {
  const stored = readStored(fs, paths.state);
  const parsed = stored.text === undefined ? undefined : parseState(stored.text, id);
  const base = baseFor(before, parsed, fs.statOpen(logFd).size);
  const bytes = readAll(fs, logFd, base?.wholeLength ?? 0);
  return viewOf(id, bytes, { stored, parsed, base });
}

/** A view of a log's bytes (those after `base`, when there is one) and of a stored state. */
export function viewOf(
  id: string,
  bytes: Uint8Array,
  {
    stored,
    parsed,
    base,
  }: { stored: StoredFile; parsed: StoredState | undefined; base: View | undefined },
): View {
  const start = base?.wholeLength ?? 0;
  const soFar = base?.transaction ?? blankTransaction(id);
  const log = readLog(bytes, soFar.revision);
  const { transaction, adoption, stale } = reconstruct(soFar, log, parsed);
  const grown = log.lines.length > 0;
  return {
    transaction,
    adoption,
    stale,
    wholeLength: start + log.wholeLength,
    damage: log.damage,
    endsForeign: grown ? log.endsForeign : (base?.endsForeign ?? false),
    endsOpen: grown ? log.endsOpen : (base?.endsOpen ?? false),
    logLength: start + bytes.length,
    stored,
  };
}

/** A clean earlier view that the stored state is not older than; else the log is folded from its start. */
function baseFor(
  before: View | undefined,
  parsed: StoredState | undefined,
  logLength: number,
): View | undefined {
  if (before === undefined || before.adoption !== undefined || before.damage !== undefined) {
    return undefined;
  }
  const behind = parsed?.revision === undefined || parsed.revision < before.transaction.revision;
  const cut = logLength < before.wholeLength;
  return behind || cut || before.endsOpen ? undefined : before;
}

/** Reads `state.json` with the version that was read. */
function readStored(fs: FileSystem, path: string): StoredFile {
  let fd: number;
  try {
    fd = fs.open(path, "read");
  } catch (error) {
    if (isSystemError(error, "ENOENT") || isSystemError(error, "ENOTDIR")) return NO_STATE;
    throw error;
  }
  try {
    return { version: versionOf(fs.statOpen(fd)), text: decoder.decode(readAll(fs, fd)) };
  } finally {
    fs.close(fd);
  }
}

/**
 * Reads a transaction without its lock and without keeping anything open. `undefined` when the folder
 * holds neither a state nor a line of a log: then it is no transaction.
 * @param missing lines that belong behind what the log holds, and are not there yet
 */
export function peek(
  fs: FileSystem,
  id: string,
  paths: FolderPaths,
  missing: (log: LogContent) => string = () => "",
): View | undefined {
  if (fs.stat(paths.folder)?.kind === "link") return undefined; // it would lead out of the store
  const stored = readStored(fs, paths.state);
  const parsed = stored.text === undefined ? undefined : parseState(stored.text, id);
  const bytes = readLogFile(fs, paths);
  const log = readLog(bytes);
  const behind = missing(log);
  const all = behind === "" ? bytes : join(bytes.subarray(0, log.wholeLength), behind);
  const view = viewOf(id, all, { stored, parsed, base: undefined });
  return view.wholeLength === 0 && parsed === undefined ? undefined : view;
}

/** What the system says where a link, a folder, a pipe or a socket stands in the place of a file. */
const NO_FILE: ReadonlySet<string> = new Set(["ELOOP", "EISDIR", "ESPIPE", "ENXIO"]);

/** Whether an error says that something else than a file stands where a file should be. */
export function isNoFile(error: unknown): boolean {
  return isSystemError(error) && NO_FILE.has(error.code);
}

function join(bytes: Uint8Array, text: string): Uint8Array {
  return Buffer.concat([bytes, encoder.encode(text)]);
}

function readLogFile(fs: FileSystem, paths: FolderPaths): Uint8Array {
  try {
    return readFile(fs, paths.log);
  } catch (error) {
    if (isSystemError(error, "ENOENT") || isSystemError(error, "ENOTDIR")) return new Uint8Array();
    throw error;
  }
}
