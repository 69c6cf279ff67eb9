import type { Hash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { FileSystem } from "./file-system.ts";

/** About 1 ms of reading and hashing. */
const CHUNK_BYTES = 256 * 1024;

/**
 * SHA-256 of a file, lower hex. Reads in pieces, and lets the event loop run between them. A link is
 * refused (`ELOOP`).
 */
export async function digestFile(fs: FileSystem, path: string): Promise<string> {
  const hash = await sha256();
  const fd = fs.open(path, "read");
  try {
    for (let position = 0; ;) {
      const chunk = fs.read(fd, position, CHUNK_BYTES);
      hash.update(chunk);
      position += chunk.length;
      if (chunk.length < CHUNK_BYTES) return hash.digest("hex");
      await nextTurn();
    }
  } finally {
    fs.close(fd);
  }
}

/**
 * SHA-256 (lower hex) over the text that `sha256sum` writes for all regular files below a folder, with
 * their paths relative to it, its lines sorted bytewise; links and other things are left out. The same
 * as `find . -type f -printf '%P\0' | xargs -0 sha256sum | LC_ALL=C sort | sha256sum`; for a folder
 * without files the digest of nothing (`e3b0c442…b855`).
 */
export async function digestTree(fs: FileSystem, path: string): Promise<string> {
  const lines: Buffer[] = [];
  for (const relative of filesBelow(fs, path, "")) {
    lines.push(Buffer.from(digestLine(await digestFile(fs, `${path}/${relative}`), relative)));
  }
  const hash = await sha256();
  for (const line of lines.toSorted((a, b) => Buffer.compare(a, b))) hash.update(line);
  return hash.digest("hex");
}

/** Loaded when needed: it costs 2 ms, which a command that digests nothing must not pay. */
async function sha256(): Promise<Hash> {
  const { createHash } = await import("node:crypto");
  return createHash("sha256");
}

/** One line as `sha256sum` writes it: with `\` in front when the name had to be escaped. */
function digestLine(digest: string, name: string): string {
  const escaped = name.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return `${escaped === name ? "" : "\\"}${digest}  ${escaped}\n`;
}

function* filesBelow(
  fs: FileSystem,
  folder: string,
  prefix: string,
): Generator<string, void, undefined> {
  for (const name of fs.names(folder)) {
    const path = `${folder}/${name}`;
    const kind = fs.stat(path)?.kind;
    if (kind === "file") yield `${prefix}${name}`;
    else if (kind === "folder") yield* filesBelow(fs, path, `${prefix}${name}/`);
  }
}
