import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FileSystem, nodeFileSystem } from "../src/index.ts";
import { simulatedDisk } from "../src/testing/index.ts";

/** A place to try a file system in. */
export interface Home {
  readonly fs: FileSystem;
  /** An empty folder. */
  readonly root: string;
  remove(): void;
}

function onRealDisk(): Home {
  const root = mkdtempSync(join(tmpdir(), "durable-fs-"));
  return { fs: nodeFileSystem(), root, remove: () => rmSync(root, { recursive: true }) };
}

function onSimulatedDisk(): Home {
  const fs = simulatedDisk().fs();
  fs.makeFolder("/home");
  return { fs, root: "/home", remove: () => undefined };
}

export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
export const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);

/** The real disk and the simulated one: what one does, the other must do. */
export const HOMES: readonly (readonly [name: string, make: () => Home])[] = [
  ["nodeFileSystem", onRealDisk],
  ["simulatedDisk", onSimulatedDisk],
];

export function makeFile(fs: FileSystem, path: string, content = ""): void {
  const fd = fs.open(path, "create");
  fs.write(fd, bytes(content));
  fs.close(fd);
}

export function contentOf(fs: FileSystem, path: string): string {
  const fd = fs.open(path, "read");
  const content = text(fs.read(fd, 0, 1000));
  fs.close(fd);
  return content;
}

/** The code of what `call` throws. */
export function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return String(error instanceof Error && "code" in error ? error.code : error);
  }
  return "no error";
}
