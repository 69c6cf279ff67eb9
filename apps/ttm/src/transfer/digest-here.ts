import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";

// The digest of a folder must be one that a far shell can compute with find, sort and sha256sum: the SHA-256
// of every path below it (sorted bytewise, each with a NUL), of the digests of its files in that order, and of
// where its links lead. DIGEST_THERE says the same in sh.

/** The SHA-256 of a file, or of a folder with all that is in it. */
export async function digestHere(path: string): Promise<string> {
  if (!(await lstat(path)).isDirectory()) return digestOfFile(path);
  const entries = await entriesBelow(Buffer.from(path), Buffer.from("."));
  const sorted = entries.toSorted((one, other) => Buffer.compare(one.name, other.name));
  const hash = createHash("sha256");
  for (const { name } of sorted) hash.update(name).update("\0");
  for (const { path: file, kind } of sorted) {
    if (kind === "file") hash.update(`${await digestOfFile(file)}\n`);
  }
  for (const { path: link, kind } of sorted) {
    if (kind === "link") hash.update(await readlink(link, "buffer")).update("\n");
  }
  return hash.digest("hex");
}

/** What {@link digestHere} does, where `$1` is: prints the kind, then the digest. */
export const DIGEST_THERE = `LC_ALL=C; export LC_ALL
if command -v sha256sum >/dev/null; then h=sha256sum; else h="shasum -a 256"; fi
if [ -d "$1" ]; then
  echo folder; cd "$1" || exit
  {
    find . -print0 | sort -z
    find . -type f -print0 | sort -z | xargs -r0 $h | sed 's/^\\\\//' | cut -c1-64
    find . -type l -print0 | sort -z | xargs -r0 -n1 readlink
  } | $h | cut -c1-64
else
  echo file; $h <"$1" | cut -c1-64
fi`;

/** The SHA-256 of what a file holds. */
async function digestOfFile(path: string | Buffer): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}

interface Entry {
  /** As `find` calls it: `./a/b`, in bytes. */
  readonly name: Buffer;
  readonly path: Buffer;
  readonly kind: "file" | "folder" | "link" | "other";
}

async function entriesBelow(path: Buffer, name: Buffer): Promise<readonly Entry[]> {
  const found: Entry[] = [{ name, path, kind: "folder" }];
  for (const entry of await readdir(path, { withFileTypes: true, encoding: "buffer" })) {
    const inner = { path: joined(path, entry.name), name: joined(name, entry.name) };
    if (entry.isDirectory()) found.push(...(await entriesBelow(inner.path, inner.name)));
    else found.push({ ...inner, kind: kindOf(entry) });
  }
  return found;
}

function kindOf(entry: { isFile(): boolean; isSymbolicLink(): boolean }): Entry["kind"] {
  if (entry.isFile()) return "file";
  return entry.isSymbolicLink() ? "link" : "other";
}

/** Names are bytes, and need not be UTF-8. */
function joined(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, Buffer.from("/"), name]);
}
