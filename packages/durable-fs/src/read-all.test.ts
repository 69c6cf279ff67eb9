import { expect, it } from "vitest";
import { readAll, readFile } from "./read-all.ts";
import { simulatedDisk } from "./testing/simulated-disk.ts";
import { writeAll } from "./write-all.ts";

const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);

it("reads a whole file, or from a byte on", () => {
  const fs = simulatedDisk().fs();
  const fd = fs.open("/file", "create");
  writeAll(fs, fd, bytes("abcdef"));

  expect(readFile(fs, "/file")).toEqual(bytes("abcdef"));
  expect(readAll(fs, fd, 4)).toEqual(bytes("ef"));
  expect(readAll(fs, fd, 9)).toEqual(bytes(""));
});

it("reads to the end of a file that grows meanwhile", () => {
  const fs = simulatedDisk().fs();
  const fd = fs.open("/file", "append");
  writeAll(fs, fd, bytes("abc"));
  const growing = {
    ...fs,
    statOpen: () => {
      const before = fs.statOpen(fd);
      writeAll(fs, fd, bytes("def"));
      return before;
    },
  };

  expect(readAll(growing, fd)).toEqual(bytes("abcdef"));
});

it("closes the file when reading fails", () => {
  const disk = simulatedDisk();
  const fs = disk.fs();
  fs.close(fs.open("/file", "append"));
  disk.failWhen(({ name }) => (name === "read" ? "EIO" : undefined));

  expect(() => readFile(fs, "/file")).toThrow("EIO");
  expect(disk.trace.at(-1)?.name).toBe("close");
});
