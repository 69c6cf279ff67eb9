import { describe, expect, it } from "vitest";
import type { FileSystem } from "./file-system.ts";
import { writeFileAtomic } from "./atomic-write.ts";
import { readFile } from "./read-all.ts";
import { replaceFile } from "./replace-file.ts";
import { systemError } from "./system-error.ts";
import { simulatedDisk } from "./testing/simulated-disk.ts";

const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);

function withoutExchange(fs: FileSystem): FileSystem {
  return {
    ...fs,
    exchange: () => {
      throw systemError("ENOSYS", "exchange");
    },
  };
}

describe.each([
  ["with exchange", (fs: FileSystem) => fs],
  ["without exchange", withoutExchange],
])("%s", (_name, adapt) => {
  it("returns what was there, and nothing the first time", () => {
    const fs = adapt(simulatedDisk().fs());

    expect(replaceFile(fs, "/file", bytes("1")).old).toBeUndefined();
    expect(replaceFile(fs, "/file", bytes("2")).old).toEqual(bytes("1"));
    expect(readFile(fs, "/file")).toEqual(bytes("2"));
    expect(fs.names("/")).toEqual(["file"]);
  });

  it("leaves everything as it was when the disk is full", () => {
    const disk = simulatedDisk();
    const fs = adapt(disk.fs());
    replaceFile(fs, "/file", bytes("1"));
    disk.freeBytes = 2;

    expect(() => replaceFile(fs, "/file", bytes("123"))).toThrow("ENOSPC");
    expect(fs.names("/")).toEqual(["file"]);
    expect(readFile(fs, "/file")).toEqual(bytes("1"));
  });
});

it("returns what another writer put there just before", () => {
  const fs = simulatedDisk().fs();
  replaceFile(fs, "/file", bytes("1"));
  const racing = {
    ...fs,
    exchange: (a: string, b: string) => {
      writeFileAtomic(fs, "/file", bytes("theirs"), { durable: false });
      fs.exchange(a, b);
    },
  };

  expect(replaceFile(racing, "/file", bytes("2")).old).toEqual(bytes("theirs"));
});

it("puts the file there when another writer has just removed it", () => {
  const fs = simulatedDisk().fs();
  replaceFile(fs, "/file", bytes("1"));
  const racing = {
    ...fs,
    exchange: (a: string, b: string) => {
      fs.removeFile("/file");
      fs.exchange(a, b);
    },
  };

  expect(replaceFile(racing, "/file", bytes("2")).old).toBeUndefined();
  expect(readFile(fs, "/file")).toEqual(bytes("2"));
});

it("does not read back the version that the caller knows, and any other", () => {
  const fs = simulatedDisk().fs();
  const { version } = replaceFile(fs, "/file", bytes("1"));

  const second = replaceFile(fs, "/file", bytes("2"), version);
  expect(second.old).toBeUndefined();
  writeFileAtomic(fs, "/file", bytes("theirs"), { durable: false });
  expect(replaceFile(fs, "/file", bytes("3"), second.version).old).toEqual(bytes("theirs"));
});

it("puts the old file back when it cannot be read", () => {
  const disk = simulatedDisk();
  const fs = disk.fs();
  replaceFile(fs, "/file", bytes("1"));
  disk.failWhen(({ name }) => (name === "read" ? "EIO" : undefined));

  expect(() => replaceFile(fs, "/file", bytes("2"))).toThrow("EIO");
  disk.failWhen(undefined);
  expect(readFile(fs, "/file")).toEqual(bytes("1"));
  expect(fs.names("/")).toEqual(["file"]);
});

it("refuses to replace what is not a file", () => {
  const fs = simulatedDisk().fs();
  fs.makeFolder("/folder");
  fs.makeLink("x", "/link");

  expect(() => replaceFile(fs, "/folder", bytes("1"))).toThrow("/folder: not a regular file");
  expect(() => replaceFile(fs, "/link", bytes("1"))).toThrow("/link: not a regular file");
  expect(fs.names("/")).toEqual(["folder", "link"]);
});

it("puts back what is not a file when it took the place of the known version", () => {
  const fs = simulatedDisk().fs();
  const { version } = replaceFile(fs, "/file", bytes("1"));
  fs.removeFile("/file");
  fs.makeFolder("/file");

  expect(() => replaceFile(fs, "/file", bytes("2"), version)).toThrow("not a regular file");
  expect(fs.stat("/file")?.kind).toBe("folder");
  expect(fs.names("/")).toEqual(["file"]);
});
