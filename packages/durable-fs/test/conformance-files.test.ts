import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FileSystem } from "../src/index.ts";
import { bytes, codeOf, contentOf, type Home, HOMES, makeFile, text } from "./homes.ts";

const first = { offset: 0, length: 1 };
const second = { offset: 1, length: 1 };

describe.each(HOMES)("%s", (_name, makeHome) => {
  let home: Home;
  let fs: FileSystem;
  let at: (name: string) => string;

  beforeEach(() => {
    home = makeHome();
    fs = home.fs;
    at = (name) => `${home.root}/${name}`;
  });
  afterEach(() => home.remove());

  describe("opening", () => {
    it("makes files for their owner only", () => {
      makeFile(fs, at("created"));
      fs.close(fs.open(at("appended"), "append"));
      fs.makeFolder(at("folder"));

      expect(fs.stat(at("created"))).toMatchObject({ kind: "file", size: 0, mode: 0o600 });
      expect(fs.stat(at("appended"))).toMatchObject({ kind: "file", size: 0, mode: 0o600 });
      expect(fs.stat(at("folder"))).toMatchObject({ kind: "folder", mode: 0o700 });
    });

    it("never follows a link at the end of a path", () => {
      makeFile(fs, at("file"));
      fs.makeFolder(at("folder"));
      fs.makeLink("file", at("to-file"));
      fs.makeLink("folder", at("to-folder"));

      expect(codeOf(() => fs.open(at("to-file"), "read"))).toBe("ELOOP");
      expect(codeOf(() => fs.open(at("to-file"), "update"))).toBe("ELOOP");
      expect(codeOf(() => fs.open(at("to-file"), "append"))).toBe("ELOOP");
      expect(codeOf(() => fs.open(at("to-file"), "create"))).toBe("EEXIST");
      expect(codeOf(() => fs.open(at("to-folder"), "folder"))).toBe("ENOTDIR");
    });

    it("follows links on the way", () => {
      fs.makeFolder(at("folder"));
      fs.makeLink("folder", at("link"));
      makeFile(fs, at("link/file"), "x");

      expect(contentOf(fs, at("folder/file"))).toBe("x");
      expect(fs.names(at("link"))).toEqual(["file"]);
      fs.close(fs.open(`${at("link")}/.`, "folder"));
    });

    it.each([
      ["a missing file", "missing", "read", "ENOENT"],
      ["a missing file for update", "missing", "update", "ENOENT"],
      ["a missing folder", "missing", "folder", "ENOENT"],
      ["a file as a folder", "file", "folder", "ENOTDIR"],
      ["a folder for update", "folder", "update", "EISDIR"],
      ["a folder for appending", "folder", "append", "EISDIR"],
      ["a taken name as new", "folder", "create", "EEXIST"],
      ["something below a file", "file/x", "read", "ENOTDIR"],
      ["something below a missing folder", "missing/x", "append", "ENOENT"],
      ["a name of 256 bytes", "é".repeat(128), "read", "ENAMETOOLONG"],
    ] as const)("refuses %s", (_what, name, mode, expected) => {
      makeFile(fs, at("file"));
      fs.makeFolder(at("folder"));

      expect(codeOf(() => fs.open(at(name), mode))).toBe(expected);
    });

    it("reuses the number of a closed descriptor, and refuses a closed one", () => {
      const fd = fs.open(at("file"), "append");
      fs.close(fd);

      expect(codeOf(() => fs.close(fd))).toBe("EBADF");
      expect(codeOf(() => fs.read(fd, 0, 1))).toBe("EBADF");
      expect(codeOf(() => fs.write(fd, bytes("x")))).toBe("EBADF");
      expect(codeOf(() => fs.flush(fd))).toBe("EBADF");
      expect(codeOf(() => fs.statOpen(fd))).toBe("EBADF");
      expect(codeOf(() => fs.tryLock(fd, first))).toBe("EBADF");
      expect(fs.open(at("file"), "append")).toBe(fd);
      fs.close(fd);
    });
  });

  describe("reading and writing", () => {
    it("appends at the end, whatever position is given", () => {
      const one = fs.open(at("log"), "append");
      const two = fs.open(at("log"), "append");
      fs.write(one, bytes("a"));
      fs.write(two, bytes("b"), 0);
      fs.write(one, bytes("c"));

      expect(text(fs.read(two, 0, 100))).toBe("abc");
      fs.close(one);
      fs.close(two);
    });

    it("writes one after the other, or at a position without moving", () => {
      const fd = fs.open(at("file"), "create");
      fs.write(fd, bytes("abc"));
      fs.write(fd, bytes("X"), 1);
      fs.write(fd, bytes("d"));
      fs.write(fd, bytes("Z"), 6);

      expect(text(fs.read(fd, 0, 100))).toBe("aXcd\0\0Z");
      expect(text(fs.read(fd, 2, 2))).toBe("cd");
      expect(fs.read(fd, 7, 5)).toHaveLength(0);
      expect(fs.write(fd, bytes(""))).toBe(0);
      fs.close(fd);
    });

    it("cuts and extends", () => {
      const fd = fs.open(at("file"), "create");
      fs.write(fd, bytes("abcdef"));
      fs.truncate(fd, 2);
      fs.truncate(fd, 4);

      expect(text(fs.read(fd, 0, 100))).toBe("ab\0\0");
      expect(fs.statOpen(fd).size).toBe(4);
      fs.close(fd);
    });

    it("refuses what a descriptor was not opened for", () => {
      makeFile(fs, at("file"), "abc");
      const file = fs.open(at("file"), "read");
      const folder = fs.open(home.root, "folder");

      expect(codeOf(() => fs.write(file, bytes("x")))).toBe("EBADF");
      expect(codeOf(() => fs.truncate(file, 0))).toBe("EINVAL");
      expect(codeOf(() => fs.read(folder, 0, 1))).toBe("EISDIR");
      expect(codeOf(() => fs.write(folder, bytes("x")))).toBe("EBADF");
      fs.close(file);
      fs.close(folder);
    });

    it("flushes files and folders, at once or later", async () => {
      const file = fs.open(at("file"), "append");
      const folder = fs.open(home.root, "folder");
      fs.write(file, bytes("x"));
      fs.flush(file);
      fs.flush(folder);

      await fs.flushLater(file);
      await fs.flushLater(folder);

      fs.close(file);
      fs.close(folder);
      await expect(fs.flushLater(file)).rejects.toMatchObject({ code: "EBADF" });
    });

    it("keeps an open file when its name goes", () => {
      makeFile(fs, at("file"), "abc");
      const fd = fs.open(at("file"), "update");
      fs.removeFile(at("file"));

      expect(text(fs.read(fd, 0, 10))).toBe("abc");
      expect(fs.stat(at("file"))).toBeUndefined();
      fs.close(fd);
    });
  });

  describe("locking", () => {
    it("excludes other opens of the file, also in the same process", () => {
      const one = fs.open(at("lock"), "append");
      const two = fs.open(at("lock"), "append");

      expect(fs.tryLock(one, first)).toBe(true);
      expect(fs.tryLock(one, first)).toBe(true);
      expect(fs.tryLock(two, first)).toBe(false);
      expect(fs.tryLock(two, second)).toBe(true);
      fs.unlock(one, first);
      expect(fs.tryLock(two, first)).toBe(true);
      fs.close(one);
      fs.close(two);
    });

    it("lets shared locks in beside each other", () => {
      const shared = { ...first, shared: true };
      const one = fs.open(at("lock"), "append");
      const two = fs.open(at("lock"), "read");

      expect(fs.tryLock(one, shared)).toBe(true);
      expect(fs.tryLock(two, shared)).toBe(true);
      expect(fs.tryLock(one, first)).toBe(false);
      expect(codeOf(() => fs.tryLock(two, first))).toBe("EBADF");
      fs.close(two);
      expect(fs.tryLock(one, first)).toBe(true);
      fs.close(one);
    });

    it("splits a range that is unlocked in its middle", () => {
      const one = fs.open(at("lock"), "append");
      const two = fs.open(at("lock"), "append");
      fs.tryLock(one, { offset: 0, length: 0 });
      fs.unlock(one, { offset: 5, length: 2 });

      expect(fs.tryLock(two, { offset: 4, length: 1 })).toBe(false);
      expect(fs.tryLock(two, { offset: 5, length: 2 })).toBe(true);
      expect(fs.tryLock(two, { offset: 7, length: 1 })).toBe(false);
      expect(fs.tryLock(two, { offset: 1_000_000, length: 1 })).toBe(false);
      fs.close(one);
      fs.close(two);
    });

    it("drops the locks of a file that is closed", () => {
      const one = fs.open(at("lock"), "append");
      const two = fs.open(at("lock"), "append");
      fs.tryLock(one, first);
      fs.close(one);

      expect(fs.tryLock(two, first)).toBe(true);
      fs.close(two);
    });

    it("waits until the lock is free, more at a time than the kernel is asked for", async () => {
      const holder = fs.open(at("lock"), "append");
      fs.tryLock(holder, first);
      const served: number[] = [];
      const waiters = [1, 2, 3, 4, 5].map(async (id) => {
        const fd = fs.open(at("lock"), "append");
        await fs.lock(fd, first);
        served.push(id);
        fs.close(fd);
      });

      expect(served).toEqual([]);
      fs.unlock(holder, first);
      await Promise.all(waiters);

      expect(new Set(served)).toEqual(new Set([1, 2, 3, 4, 5]));
      fs.close(holder);
    });
  });

  describe("watching", () => {
    it("tells what changes in a folder", async () => {
      const seen = new Set<string | undefined>();
      const { promise, resolve } = withResolvers();
      const stop = fs.watch(home.root, (name) => {
        seen.add(name);
        if (seen.size === 2) resolve();
      });
      makeFile(fs, at("one"), "x");
      fs.rename(at("one"), at("two"));
      await promise;
      stop();

      expect(seen).toEqual(new Set(["one", "two"]));
    });

    it("tells that a file grows", async () => {
      const fd = fs.open(at("file"), "append");
      const { promise, resolve } = withResolvers();
      const stop = fs.watch(at("file"), () => resolve());
      fs.write(fd, bytes("x"));
      await expect(promise).resolves.toBeUndefined();
      stop();
      fs.close(fd);
    });

    it("refuses what is not there", () => {
      expect(codeOf(() => fs.watch(at("missing"), () => undefined))).toBe("ENOENT");
    });
  });
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
