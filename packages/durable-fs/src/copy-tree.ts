import { dirname } from "node:path/posix";
import { TetraError } from "@tetra/errors";
import type { DurableFsErrorCode } from "./errors.ts";
import type { FileSystem } from "./file-system.ts";
import { flushTree } from "./flush-tree.ts";
import { removeTree } from "./remove-tree.ts";
import { systemError } from "./system-error.ts";

const MOST_LINKS = 40;

/**
 * Copies a file, or a folder with all that is in it, to a new name (files 0600, folders 0700). A link
 * given as `from` is followed; links inside are copied as links. Every file and folder of the copy is
 * flushed when the promise resolves; the folder that `to` is in is not.
 *
 * On failure nothing stays at `to`. Throws `EEXIST` when `to` is taken, `ENOENT` when `from` is missing.
 * @throws TetraError `NOT_A_FILE` for sockets, pipes and devices.
 */
export async function copyTree(fs: FileSystem, from: string, to: string): Promise<void> {
  if (fs.stat(to) !== undefined) throw systemError("EEXIST", "copy", to);
  const source = followLinks(fs, from);
  try {
    await copyEntry(fs, source, to);
    await flushTree(fs, to);
  } catch (error) {
    removeTree(fs, to);
    throw error;
  }
}

async function copyEntry(fs: FileSystem, from: string, to: string): Promise<void> {
  const kind = fs.stat(from)?.kind;
  switch (kind) {
    case undefined:
      throw systemError("ENOENT", "copy", from);
    case "file":
      return await fs.copy(from, to);
    case "folder":
      fs.makeFolder(to);
      for (const name of fs.names(from)) await copyEntry(fs, `${from}/${name}`, `${to}/${name}`);
      return;
    case "link":
      return fs.makeLink(fs.readLink(from), to);
    case "other":
      throw new TetraError<DurableFsErrorCode>(
        "NOT_A_FILE",
        `${from}: a socket, pipe or device cannot be copied`,
        { hint: "remove it, or copy the files beside it one by one" },
      );
  }
}

function followLinks(fs: FileSystem, path: string): string {
  let at = path;
  for (let links = 0; fs.stat(at)?.kind === "link"; links += 1) {
    if (links === MOST_LINKS) throw systemError("ELOOP", "copy", path);
    const target = fs.readLink(at);
    // not normalised: `..` after a link means the folder above what the link points to
    at = target.startsWith("/") ? target : `${dirname(at)}/${target}`;
  }
  return at;
}
