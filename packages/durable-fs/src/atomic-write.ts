import { dirname } from "node:path/posix";
import type { FileSystem } from "./file-system.ts";
import { flushFolder, flushFolderLater } from "./flush-folder.ts";
import { discard } from "./temporary.ts";
import { writeBeside } from "./write-beside.ts";

/**
 * Puts a file with `bytes` at `path` (mode 0600), replacing a file or link there: readers find the old
 * one or the new one, never a part.
 *
 * With `durable` the same holds after a power cut, and when the call has returned it is the new one: the
 * file is flushed, renamed, and its folder flushed. Without, a power cut may leave an empty or torn file.
 * A failure leaves no temporary file; after a failed flush of the folder the new file is in place, but
 * not known to be durable.
 */
export function writeFileAtomic(
  fs: FileSystem,
  path: string,
  bytes: Uint8Array,
  { durable }: { readonly durable: boolean },
): void {
  const { temporary } = writeBeside(fs, path, { bytes, flush: durable });
  try {
    fs.rename(temporary, path);
  } catch (error) {
    discard(fs, temporary);
    throw error;
  }
  if (durable) flushFolder(fs, dirname(path));
}

/**
 * The same with `durable`, without blocking the event loop while the disk works. Calls that overlap are
 * each whole, in no promised order: who must be last waits for the one before.
 */
export async function writeFileAtomicLater(
  fs: FileSystem,
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  const { temporary } = writeBeside(fs, path, { bytes, flush: false });
  try {
    const fd = fs.open(temporary, "update");
    await fs.flushLater(fd).finally(() => fs.close(fd));
    fs.rename(temporary, path);
  } catch (error) {
    discard(fs, temporary);
    throw error;
  }
  await flushFolderLater(fs, dirname(path));
}
