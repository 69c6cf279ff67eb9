import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { writeFileAtomic } from "./atomic-write.ts";
import { copyTree } from "./copy-tree.ts";
import type { FileSystem } from "./file-system.ts";
import { flushFolder } from "./flush-folder.ts";
import { makeFolders } from "./make-folders.ts";
import { nodeFileSystem } from "./node-file-system.ts";
import { readFile } from "./read-all.ts";
import { simulatedDisk, type SimulatedDisk } from "./testing/simulated-disk.ts";

const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);

function put(fs: FileSystem, path: string, content: string): void {
  writeFileAtomic(fs, path, bytes(content), { durable: false });
}

/** Has `/from` with a file, a full folder, an empty folder and a link that leads nowhere. */
function diskWithTree(): SimulatedDisk {
  const disk = simulatedDisk();
  const fs = disk.fs();
  makeFolders(fs, "/from/folder", { durable: false });
  makeFolders(fs, "/from/empty", { durable: false });
  put(fs, "/from/file", "one");
  put(fs, "/from/folder/file", "two");
  fs.makeLink("no/where", "/from/link");
  return disk.clone();
}

it("copies files, folders and links", async () => {
  const fs = diskWithTree().fs();
  await copyTree(fs, "/from", "/to");

  expect(fs.names("/to").toSorted()).toEqual(["empty", "file", "folder", "link"]);
  expect(readFile(fs, "/to/folder/file")).toEqual(bytes("two"));
  expect(fs.readLink("/to/link")).toBe("no/where");
});

it("is durable once the folder that has the copy is flushed", async () => {
  const disk = diskWithTree();
  const fs = disk.fs();
  await copyTree(fs, "/from", "/to");
  flushFolder(fs, "/");

  const cuts = [...disk.powerCuts()];
  expect(cuts).toHaveLength(1);
  expect(cuts[0]?.fingerprint()).toBe(disk.fingerprint());
});

it("follows links that lead to what is to be copied", async () => {
  const fs = diskWithTree().fs();
  fs.makeLink("from/folder", "/to-folder");
  fs.makeLink("to-folder/../file", "/to-file");
  await copyTree(fs, "/to-folder", "/folder");
  await copyTree(fs, "/to-file", "/file");

  expect(readFile(fs, "/folder/file")).toEqual(bytes("two"));
  expect(readFile(fs, "/file")).toEqual(bytes("one"));
});

it("leaves nothing when it fails, and touches nothing that was there", async () => {
  const disk = diskWithTree();
  const fs = disk.fs();
  put(fs, "/taken", "kept");
  fs.makeLink("/circle", "/circle");

  await expect(copyTree(fs, "/from", "/taken")).rejects.toThrow("EEXIST");
  await expect(copyTree(fs, "/missing", "/to")).rejects.toThrow("ENOENT");
  await expect(copyTree(fs, "/circle", "/to")).rejects.toThrow("ELOOP");
  disk.freeBytes = 4;
  await expect(copyTree(fs, "/from", "/to")).rejects.toThrow("ENOSPC");
  expect(fs.names("/").toSorted()).toEqual(["circle", "from", "taken"]);
  expect(readFile(fs, "/taken")).toEqual(bytes("kept"));
});

it("refuses pipes, which would make it wait for ever", async () => {
  const fs = nodeFileSystem();
  const root = mkdtempSync(join(tmpdir(), "durable-fs-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  makeFolders(fs, `${root}/from`, { durable: false });
  execFileSync("mkfifo", [`${root}/from/pipe`]);

  await expect(copyTree(fs, `${root}/from`, `${root}/to`)).rejects.toMatchObject({
    code: "NOT_A_FILE",
  });
  expect(fs.names(root)).toEqual(["from"]);
});
