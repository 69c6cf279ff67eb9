import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FileSystem } from "../src/index.ts";
import { codeOf, contentOf, type Home, HOMES, makeFile } from "./homes.ts";

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

  describe("names", () => {
    it("tells what a path is without following links", () => {
      makeFile(fs, at("file"), "abc");
      fs.makeLink("file", at("link"));

      expect(fs.stat(at("file"))).toMatchObject({ kind: "file", size: 3 });
      expect(fs.stat(at("link"))).toMatchObject({ kind: "link", size: 4 });
      expect(fs.stat(at("missing"))).toBeUndefined();
      expect(fs.stat(at("missing/x"))).toBeUndefined();
      expect(fs.stat(at("file/x"))).toBeUndefined();
      expect(fs.stat(at("link/."))).toBeUndefined();
      const fd = fs.open(at("file"), "read");
      expect(fs.statOpen(fd)).toEqual(fs.stat(at("file")));
      fs.close(fd);
    });

    it("moves the time of a folder when an entry comes or goes", () => {
      const before = fs.stat(home.root)?.mtimeMs ?? 0;
      makeFile(fs, at("file"));

      expect(fs.stat(home.root)?.mtimeMs).toBeGreaterThanOrEqual(before);
    });

    it("lists a folder, and nothing else", () => {
      makeFile(fs, at("b"));
      fs.makeFolder(at("a"));

      expect(fs.names(home.root).toSorted()).toEqual(["a", "b"]);
      expect(fs.names(at("a"))).toEqual([]);
      expect(codeOf(() => fs.names(at("missing")))).toBe("ENOENT");
      expect(codeOf(() => fs.names(at("b")))).toBe("ENOTDIR");
    });

    it("renames files over files and folders over empty folders", () => {
      makeFile(fs, at("a"), "a");
      makeFile(fs, at("b"), "b");
      fs.makeFolder(at("f"));
      makeFile(fs, at("f/x"), "x");
      fs.makeFolder(at("empty"));

      fs.rename(at("a"), at("b"));
      fs.rename(at("f"), at("empty"));
      fs.rename(at("b"), at("empty/b"));

      expect(fs.names(home.root)).toEqual(["empty"]);
      expect(contentOf(fs, at("empty/b"))).toBe("a");
      expect(contentOf(fs, at("empty/x"))).toBe("x");
    });

    it.each([
      ["a missing name", "missing", "x", "ENOENT"],
      ["into a missing folder", "file", "missing/x", "ENOENT"],
      ["a file over a folder", "file", "folder", "EISDIR"],
      ["a folder over a file", "folder", "file", "ENOTDIR"],
      ["a folder over a full one", "other", "folder", "ENOTEMPTY"],
      ["a folder into itself", "folder", "folder/x", "EINVAL"],
      ["what is in a folder over it", "folder/inner", "folder", "ENOTEMPTY"],
      ["a dot", "folder/.", "x", "EBUSY"],
    ])("refuses to rename %s", (_what, from, to, expected) => {
      makeFile(fs, at("file"));
      fs.makeFolder(at("folder"));
      fs.makeFolder(at("folder/inner"));
      fs.makeFolder(at("other"));

      expect(codeOf(() => fs.rename(at(from), at(to)))).toBe(expected);
    });

    it("exchanges two names of any kind", () => {
      makeFile(fs, at("a"), "a");
      fs.makeFolder(at("f"));
      makeFile(fs, at("f/b"), "b");

      fs.exchange(at("a"), at("f/b"));
      fs.exchange(at("a"), at("f"));

      expect(contentOf(fs, at("a/b"))).toBe("a");
      expect(contentOf(fs, at("f"))).toBe("b");
    });

    it("exchanges only what is there", () => {
      makeFile(fs, at("a"), "a");
      fs.makeFolder(at("f"));

      expect(codeOf(() => fs.exchange(at("a"), at("missing")))).toBe("ENOENT");
      expect(codeOf(() => fs.exchange(at("missing"), at("a")))).toBe("ENOENT");
      makeFile(fs, at("f/x"));
      expect(codeOf(() => fs.exchange(at("f"), at("f/x")))).toBe("EINVAL");
      expect(contentOf(fs, at("a"))).toBe("a");
    });

    it("removes files as files and empty folders as folders", () => {
      makeFile(fs, at("file"));
      fs.makeFolder(at("folder"));
      makeFile(fs, at("folder/x"));
      fs.makeLink("folder", at("link"));

      expect(codeOf(() => fs.removeFile(at("folder")))).toBe("EISDIR");
      expect(codeOf(() => fs.removeFolder(at("folder")))).toBe("ENOTEMPTY");
      expect(codeOf(() => fs.removeFolder(at("file")))).toBe("ENOTDIR");
      expect(codeOf(() => fs.removeFolder(at("link")))).toBe("ENOTDIR");
      expect(codeOf(() => fs.removeFile(at("missing")))).toBe("ENOENT");
      expect(codeOf(() => fs.removeFolder(at("missing")))).toBe("ENOENT");
      fs.removeFile(at("folder/x"));
      fs.removeFolder(at("folder"));
      fs.removeFile(at("file"));
      fs.removeFile(at("link"));
      expect(fs.names(home.root)).toEqual([]);
    });

    it("makes links to anything, once", () => {
      fs.makeLink("no/where", at("link"));

      expect(fs.readLink(at("link"))).toBe("no/where");
      expect(codeOf(() => fs.makeLink("x", at("link")))).toBe("EEXIST");
      expect(codeOf(() => fs.makeFolder(at("link")))).toBe("EEXIST");
      expect(codeOf(() => fs.readLink(home.root))).toBe("EINVAL");
      expect(codeOf(() => fs.readLink(at("missing")))).toBe("ENOENT");
    });

    it("sees a circle of links", () => {
      fs.makeLink("two", at("one"));
      fs.makeLink("one", at("two"));

      expect(codeOf(() => fs.names(at("one")))).toBe("ELOOP");
      expect(codeOf(() => fs.stat(at("one/x")))).toBe("ELOOP");
    });

    it("changes permission bits", () => {
      makeFile(fs, at("file"));
      fs.setMode(at("file"), 0o640);

      expect(fs.stat(at("file"))?.mode).toBe(0o640);
      expect(codeOf(() => fs.setMode(at("missing"), 0o600))).toBe("ENOENT");
    });
  });

  describe("copying", () => {
    it("copies a file, or what a link points to, for its owner only", async () => {
      makeFile(fs, at("file"), "content");
      fs.setMode(at("file"), 0o644);
      fs.makeLink("file", at("link"));

      await fs.copy(at("file"), at("one"));
      await fs.copy(at("link"), at("two"));

      expect(contentOf(fs, at("one"))).toBe("content");
      expect(fs.stat(at("two"))).toMatchObject({ kind: "file", size: 7, mode: 0o600 });
    });

    it("refuses to replace, and leaves nothing when it fails", async () => {
      makeFile(fs, at("file"));
      makeFile(fs, at("taken"));
      fs.makeFolder(at("folder"));

      await expect(fs.copy(at("file"), at("taken"))).rejects.toMatchObject({ code: "EEXIST" });
      await expect(fs.copy(at("missing"), at("x"))).rejects.toMatchObject({ code: "ENOENT" });
      await expect(fs.copy(at("folder"), at("x"))).rejects.toMatchObject({ code: "EISDIR" });
      expect(fs.stat(at("x"))).toBeUndefined();
    });
  });
});
