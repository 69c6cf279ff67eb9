import { digestFile, type FileSystem, nodeFileSystem } from "@tetra/durable-fs";
import { contextDigestText } from "@tetra/tts-core";
import { createHash } from "node:crypto";
import { resolve } from "node:path/posix";

/** Names of evidence on its way in begin so: it is no context yet. */
const HIDDEN = ".incoming-";

/**
 * The standard's digest of a transaction's `ctx/` (TTS section 4), `none` without that folder. It is over
 * paths as the caller spells them, `//` and all, which is why the store's own will not do here.
 */
export async function digestAsSpelled(transaction: string, cwd: string): Promise<string> {
  const fs = nodeFileSystem();
  const context = `${transaction}/ctx`;
  const isOurs = [transaction, context].every(
    (path) => fs.stat(resolve(cwd, path))?.kind === "folder",
  );
  if (!isOurs) return "none";
  const files = await Promise.all(
    regularFiles(fs, { path: context, cwd }).map(async (path) => ({
      path,
      sha256: await digestFile(fs, resolve(cwd, path)),
    })),
  );
  return createHash("sha256").update(contextDigestText(files)).digest("hex");
}

function regularFiles(
  fs: FileSystem,
  { path, cwd }: { readonly path: string; readonly cwd: string },
): readonly string[] {
  return fs.names(resolve(cwd, path)).flatMap((name) => {
    if (name.startsWith(HIDDEN)) return [];
    const below = `${path}/${name}`;
    const kind = fs.stat(resolve(cwd, below))?.kind;
    if (kind === "folder") return regularFiles(fs, { path: below, cwd });
    return kind === "file" ? [below] : [];
  });
}
