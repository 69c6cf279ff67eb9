import { expect, it } from "vitest";
import { writeFileAtomic, writeFileAtomicLater } from "./atomic-write.ts";
import { readFile } from "./read-all.ts";
import { countingFileSystem } from "./testing/counting-file-system.ts";
import { simulatedDisk } from "./testing/simulated-disk.ts";

const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);

it("flushes the file and its folder, or nothing", () => {
  const { fs, flushes, reset } = countingFileSystem(simulatedDisk().fs());
  writeFileAtomic(fs, "/file", bytes("1"), { durable: true });
  expect(flushes()).toBe(2);

  reset();
  writeFileAtomic(fs, "/file", bytes("2"), { durable: false });
  expect(flushes()).toBe(0);
  expect(readFile(fs, "/file")).toEqual(bytes("2"));
});

it("replaces a link, not what it points to", () => {
  const fs = simulatedDisk().fs();
  writeFileAtomic(fs, "/target", bytes("kept"), { durable: false });
  fs.makeLink("target", "/link");
  writeFileAtomic(fs, "/link", bytes("new"), { durable: false });

  expect(readFile(fs, "/target")).toEqual(bytes("kept"));
  expect(readFile(fs, "/link")).toEqual(bytes("new"));
});

it("leaves nothing when the name is a folder's", () => {
  const fs = simulatedDisk().fs();
  fs.makeFolder("/folder");

  expect(() => writeFileAtomic(fs, "/folder", bytes("x"), { durable: true })).toThrow("EISDIR");
  expect(fs.names("/")).toEqual(["folder"]);
});

it("later: the same flushes, and what is there is whole before and after a power cut", async () => {
  const disk = simulatedDisk();
  const { fs, flushes, reset } = countingFileSystem(disk.fs());
  writeFileAtomic(fs, "/file", bytes("1"), { durable: true });
  reset();

  const written = writeFileAtomicLater(fs, "/file", bytes("2"));
  expect(readFile(fs, "/file")).toEqual(bytes("1"));
  await written;

  expect(flushes()).toBe(2);
  expect(readFile(fs, "/file")).toEqual(bytes("2"));
  expect(fs.names("/")).toEqual(["file"]);
  for (const cut of disk.powerCuts()) expect(readFile(cut.fs(), "/file")).toEqual(bytes("2"));
});

it("later: leaves nothing when the name is a folder's", async () => {
  const fs = simulatedDisk().fs();
  fs.makeFolder("/folder");

  await expect(writeFileAtomicLater(fs, "/folder", bytes("x"))).rejects.toThrow("EISDIR");
  expect(fs.names("/")).toEqual(["folder"]);
});
