import { closeSync, constants, openSync } from "node:fs";
import { createRequire } from "node:module";
import { isSystemError } from "@tetra/durable-fs";
import { type BytePath, bytesOf } from "./byte-path.ts";

/** The part of `fs-native-extensions` (it ships no types) that we call. */
interface AttributeCalls {
  listAttrsSync(fd: number): string[];
  getAttrSync(fd: number, name: string): Buffer | null;
  setAttrSync(fd: number, name: string, value: Buffer): void;
  removeAttrSync(fd: number, name: string): void;
}

/**
 * Makes the extended attributes of one folder, access lists among them, those of another. Only folders need this: files
 * and links come back as the copies that `cp` made, attributes and all.
 */
export function copyAttributes(from: BytePath, to: BytePath): void {
  // `require`, because it finds its binary by its own path; loaded when needed
  const require = createRequire(import.meta.url);
  const calls: AttributeCalls = require("fs-native-extensions");
  const [source, target] = [openFolder(from), openFolder(to)];
  try {
    const wanted = attributes(calls, source);
    const present = attributes(calls, target);
    for (const name of present.keys()) if (!wanted.has(name)) calls.removeAttrSync(target, name);
    for (const [name, value] of wanted)
      if (present.get(name)?.equals(value) !== true) calls.setAttrSync(target, name, value);
  } finally {
    closeSync(source);
    closeSync(target);
  }
}

function attributes(calls: AttributeCalls, fd: number): ReadonlyMap<string, Buffer> {
  const names = listed(calls, fd).filter((name) => name !== "security.selinux");
  return new Map(
    names.flatMap((name) => {
      const value = calls.getAttrSync(fd, name);
      return value === null ? [] : [[name, value] as const];
    }),
  );
}

function listed(calls: AttributeCalls, fd: number): readonly string[] {
  try {
    return calls.listAttrsSync(fd);
  } catch (error) {
    // a file system without extended attributes
    if (isSystemError(error, "ENOTSUP") || isSystemError(error, "EOPNOTSUPP")) return [];
    throw error;
  }
}

function openFolder(path: BytePath): number {
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;
  return openSync(bytesOf(path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}
