import { expect, it } from "vitest";
import { makeFolders } from "./make-folders.ts";
import { countingFileSystem } from "./testing/counting-file-system.ts";
import { simulatedDisk } from "./testing/simulated-disk.ts";

it("makes what is missing", () => {
  const fs = simulatedDisk().fs();
  makeFolders(fs, "/a/b/c", { durable: false });
  makeFolders(fs, "/a/b/d", { durable: false });

  expect(fs.names("/a/b")).toEqual(["c", "d"]);
});

it("flushes each folder that it adds to, and the last parent it finds", () => {
  const { fs, flushes, reset } = countingFileSystem(simulatedDisk().fs());
  makeFolders(fs, "/a/b/c", { durable: true });
  expect(flushes()).toBe(3);

  reset();
  makeFolders(fs, "/a/b/c", { durable: true });
  expect(flushes()).toBe(1);
  reset();
  makeFolders(fs, "/x", { durable: false });
  expect(flushes()).toBe(0);
});

it("takes a link to a folder for a folder", () => {
  const fs = simulatedDisk().fs();
  makeFolders(fs, "/real", { durable: false });
  fs.makeLink("real", "/link");
  makeFolders(fs, "/link/a", { durable: true });
  makeFolders(fs, "/link", { durable: true });

  expect(fs.names("/real")).toEqual(["a"]);
});

it("says what is in the way", () => {
  const fs = simulatedDisk().fs();
  fs.close(fs.open("/file", "create"));

  expect(() => makeFolders(fs, "/file", { durable: true })).toThrow("EEXIST");
  expect(() => makeFolders(fs, "/file/x", { durable: true })).toThrow("EEXIST");
});

it("puts up with somebody who makes the same folders", () => {
  const fs = simulatedDisk().fs();
  const racing = {
    ...fs,
    makeFolder: (path: string) => {
      fs.makeFolder(path);
      fs.makeFolder(path);
    },
  };
  makeFolders(racing, "/a/b", { durable: true });

  expect(fs.stat("/a/b")?.kind).toBe("folder");
});

it("puts up with a parent that may not be read", () => {
  const disk = simulatedDisk();
  const fs = disk.fs();
  makeFolders(fs, "/home/me", { durable: false });
  disk.failWhen(({ name, path }) => (name === "open" && path === "/home/." ? "EACCES" : undefined));
  makeFolders(fs, "/home/me", { durable: true });

  expect(() => makeFolders(fs, "/home/you", { durable: true })).toThrow("EACCES");
});

it("takes back a folder whose name could not be flushed, so that the next try makes it anew", () => {
  const disk = simulatedDisk();
  const fs = disk.fs();
  disk.failWhen(({ name }) => (name === "flush" ? "EIO" : undefined));
  expect(() => makeFolders(fs, "/a", { durable: true })).toThrow("EIO");
  disk.failWhen(undefined);

  makeFolders(fs, "/a", { durable: true });

  for (const cut of disk.powerCuts()) expect(cut.fs().names("/")).toEqual(["a"]);
});
