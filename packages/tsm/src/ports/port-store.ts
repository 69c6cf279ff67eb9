import { dirname, join, resolve } from "node:path/posix";
import {
  type FileLock,
  type FileSystem,
  isSystemError,
  makeFolders,
  nodeFileSystem,
  readFile,
  writeFileAtomic,
} from "@tetra/durable-fs";
import { type Clock, systemClock } from "../clock.ts";
import { waitForLock } from "../files/service-lock.ts";

/** Where the books about ports are, and what they are kept with. */
export interface PortStore {
  readonly fs: FileSystem;
  readonly clock: Clock;
  /** `runtime/ports`. */
  readonly folder: string;
  /** `registry.tsv`. */
  readonly registry: string;
  /** `port_allocations.txt`. */
  readonly allocations: string;
  /** `config/ports.toml`, beside the service manager's folder. */
  readonly config: string;
}

/** The store of `$TETRA_DIR/tsm`. */
export function portStore(folder: string, clock: Clock = systemClock): PortStore {
  const ports = join(folder, "runtime/ports");
  return {
    fs: nodeFileSystem(),
    clock,
    folder: ports,
    registry: join(ports, "registry.tsv"),
    allocations: join(ports, "port_allocations.txt"),
    config: join(dirname(resolve(folder)), "config/ports.toml"),
  };
}

/** Everything is quick under this lock but looking at all listeners, which takes some milliseconds. */
const LOCK_TIMEOUT_MS = 10_000;
const decoder = new TextDecoder();

/**
 * Acts on the books while nobody else does.
 * @throws TetraError `SERVICE_BUSY` after 10 s.
 */
export async function withPortLock<Result>(
  { fs, clock, folder }: PortStore,
  act: () => Result | Promise<Result>,
): Promise<Result> {
  makeFolders(fs, folder, { durable: false });
  const lock: FileLock = await waitForLock({
    fs,
    clock,
    path: join(folder, ".lock"),
    what: "the books about ports",
    timeoutMs: LOCK_TIMEOUT_MS,
  });
  try {
    return await act();
  } finally {
    lock.release();
  }
}

/** The text of a file; `""` when there is none. */
export function textOf(fs: FileSystem, path: string): string {
  try {
    return decoder.decode(readFile(fs, targetOf(fs, path)));
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return "";
    throw error;
  }
}

/** Writes a file of ours; it is a book about what is, and can be written again. */
export function writeBook(fs: FileSystem, path: string, text: string): void {
  writeFileAtomic(fs, path, new TextEncoder().encode(text), { durable: false });
}

/** Writes a person's file: durably, through a link, with the mode it had. */
export function writeConfig(fs: FileSystem, path: string, text: string): void {
  const target = targetOf(fs, path);
  const mode = fs.stat(target)?.mode;
  makeFolders(fs, dirname(target), { durable: true });
  writeFileAtomic(fs, target, new TextEncoder().encode(text), { durable: true });
  if (mode !== undefined && mode !== 0o600) fs.setMode(target, mode);
}

const MOST_LINKS = 40;

/** What a link finally points to. */
function targetOf(fs: FileSystem, path: string): string {
  let target = path;
  for (let links = 0; links < MOST_LINKS && fs.stat(target)?.kind === "link"; links += 1) {
    target = resolve(dirname(target), fs.readLink(target));
  }
  return target;
}
