import {
  type FileSystem,
  isSystemError,
  makeFolders,
  readFile,
  writeFileAtomic,
} from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import type { ServicePaths } from "../files/layout.ts";

/** How long the files are that errors may be written to. */
export interface ErrorLengths {
  readonly err: number;
  readonly wrapper: number;
}

/** What decides which files are opened. */
export interface LogFilesOptions {
  readonly hasPrehook: boolean;
  /** Both streams go to the file of standard output. */
  readonly mergeOutput: boolean;
}

/** The files that a shim gets, open for appending. */
export interface LogFiles {
  readonly out: number;
  readonly err: number;
  readonly journal: number;
  /** What a prehook's errors go to; `undefined`: there is no prehook. */
  readonly wrapper: number | undefined;
  /** How long the files of its errors were. */
  readonly before: ErrorLengths;
  readonly close: () => void;
}

/** Longer journals are cut to their end when no shim writes to them. */
const JOURNAL_BYTES = 65_536;

/** @throws TetraError `LOG_UNWRITABLE` naming the file and why. */
export function openLogFiles(
  fs: FileSystem,
  { name, paths }: { readonly name: string; readonly paths: ServicePaths },
  { hasPrehook, mergeOutput }: LogFilesOptions,
): LogFiles {
  const opened: number[] = [];
  const open = (path: string): number => {
    try {
      const fd = fs.open(path, "append");
      opened.push(fd);
      return fd;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw new TetraError<TsmErrorCode>("LOG_UNWRITABLE", `${name}: ${error.message}`, {
        hint: "make the file writable, or move it away",
        details: { name, path },
        cause: error,
      });
    }
  };
  const close = (): void => {
    for (const fd of opened.splice(0)) fs.close(fd);
  };
  try {
    makeFolders(fs, paths.runs, { durable: false });
    shorten(fs, paths.journal);
    const out = open(paths.out);
    const err = mergeOutput ? out : open(paths.err);
    const journal = open(paths.journal);
    const wrapper = hasPrehook ? open(paths.wrapperErr) : undefined;
    const before = {
      err: fs.statOpen(err).size,
      wrapper: wrapper === undefined ? 0 : fs.statOpen(wrapper).size,
    };
    return { out, err, journal, wrapper, before, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** A shim that was not seen would go on writing to the file that was: of a run that is over anyway. */
function shorten(fs: FileSystem, path: string): void {
  const size = fs.stat(path)?.size ?? 0;
  if (size <= JOURNAL_BYTES) return;
  const bytes = readFile(fs, path);
  const end = bytes.subarray(size - JOURNAL_BYTES / 2);
  writeFileAtomic(fs, path, end.subarray(end.indexOf(10) + 1), { durable: false });
}
