import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path/posix";
import { type FileSystem, isSystemError } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { LogsErrorCode } from "./errors.ts";
import type { LogPaths } from "./log-paths.ts";
import { flushEntries } from "./rotation-note.ts";
import { type Segment, segmentName, UNFINISHED } from "./segment.ts";

// In a process of its own, at the lowest priority: neither the daemon's memory nor a service's share of
// the processor goes into it. A text and not a file, so that it is there in a bundle, too.
const PROGRAM = `"use strict";
require("node:os").setPriority(19);
const { createReadStream, createWriteStream } = require("node:fs");
const from = createReadStream("", { fd: 3 });
const to = createWriteStream("", { fd: 4 });
require("node:stream").pipeline(from, require("node:zlib").createGzip(), to, (error) => {
  process.exitCode = error ? 1 : 0;
  if (error) console.error(error.message);
});`;

/**
 * Compresses a segment: the whole file is there under its new name, durably, before the old is removed.
 * The caller holds the lock, which the other process holds, too.
 * @throws TetraError `ROTATION_FAILED`
 */
export async function compressSegment(
  fs: FileSystem,
  { folder }: LogPaths,
  { segment, lock }: { readonly segment: Segment; readonly lock: number },
): Promise<void> {
  const plain = join(folder, segment.name);
  const part = join(folder, `${segment.stream}.gz${UNFINISHED}`);
  const from = openIfThere(fs, plain);
  if (from === undefined) return; // removed meanwhile
  if (fs.stat(part) !== undefined) fs.removeFile(part); // of somebody who died
  const to = fs.open(part, "create");
  try {
    await compress({ from, to, lock, path: plain });
    await fs.flushLater(to);
  } catch (error) {
    fs.removeFile(part);
    throw error;
  } finally {
    fs.close(to);
    fs.close(from);
  }
  fs.rename(part, join(folder, segmentName({ ...segment, isCompressed: true })));
  await flushEntries(fs, folder);
  if (fs.stat(plain) !== undefined) fs.removeFile(plain);
}

async function compress(what: {
  readonly from: number;
  readonly to: number;
  readonly lock: number;
  readonly path: string;
}): Promise<void> {
  const { from, to, lock, path } = what;
  const child = spawn(process.execPath, ["-e", PROGRAM], {
    stdio: ["ignore", "ignore", "pipe", from, to, lock],
    env: {},
  });
  const words: Buffer[] = [];
  child.stderr?.on("data", (bytes: Buffer) => words.push(bytes));
  const status: unknown = await once(child, "close").then(
    ([code]: unknown[]) => code,
    (error: unknown) => error,
  );
  if (status === 0) return;
  const said = Buffer.concat(words).toString().trim();
  throw new TetraError<LogsErrorCode>(
    "ROTATION_FAILED",
    `${path}: could not be compressed${said === "" ? "" : `: ${said}`}`,
    { hint: "see whether the disk is full; it is tried again", cause: status },
  );
}

function openIfThere(fs: FileSystem, path: string): number | undefined {
  try {
    return fs.open(path, "read");
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}
