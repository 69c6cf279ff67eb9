import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readEvidence } from "./evidence-source.ts";

/** A folder with `work/notes.md`, `work/in/deep.md`, `other/secret`, `work/.tetra/x`. */
interface Place {
  readonly root: string;
  readonly work: string;
  readonly read: (path: string, mostBytes?: number) => string;
}

function place(): Place {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "ttm evidence ")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const work = join(root, "work");
  for (const folder of ["work/in", "work/.tetra", "other"]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  writeFileSync(join(work, "notes.md"), "notes");
  writeFileSync(join(work, "in/deep.md"), "deep");
  writeFileSync(join(work, ".tetra/x"), "own");
  writeFileSync(join(root, "other/secret"), "secret");
  const guarded = [join(work, ".tetra")];
  const read = (path: string, mostBytes = 1000): string =>
    Buffer.from(readEvidence(path, { roots: [work], guarded, cwd: work, mostBytes })).toString();
  return { root, work, read };
}

describe("reads a file below a root", () => {
  it.each(["notes.md", "./notes.md", "in/deep.md"])("by a relative path: %s", (path) => {
    expect(["notes", "deep"]).toContain(place().read(path));
  });

  it("by an absolute path", () => {
    const { work, read } = place();

    expect(read(join(work, "notes.md"))).toBe("notes");
  });

  it("also when the root itself is reached through a link", () => {
    const { root, work } = place();
    symlinkSync(work, join(root, "link"));
    const places = { roots: [join(root, "link")], guarded: [], cwd: root, mostBytes: 100 };

    expect(Buffer.from(readEvidence(join(root, "link/notes.md"), places)).toString()).toBe("notes");
  });
});

describe("refuses", () => {
  it.each([
    {
      what: "another folder",
      path: ({ root }: Place) => join(root, "other/secret"),
      says: /outside/,
    },
    { what: "going up", path: () => "../other/secret", says: /goes up/ },
    { what: "going up and back", path: () => "in/../notes.md", says: /goes up/ },
    { what: "the system's files", path: () => "/proc/self/environ", says: /outside|system/ },
    { what: "a NUL", path: () => "notes.md\0.txt", says: /NUL/ },
    { what: "a folder", path: () => "in", says: /not a file/ },
    { what: "Tetra's own", path: () => ".tetra/x", says: /Tetra's own/ },
    { what: "what is not there", path: () => "nothing.md", says: /cannot be read \(ENOENT\)/ },
    { what: "a very long path", path: () => "x".repeat(100_000), says: /cannot be read|outside/ },
    { what: "a newline and more", path: () => "notes.md\n/etc/passwd", says: /cannot be read \(E/ },
  ])("$what", ({ path, says }) => {
    const here = place();

    expect(() => here.read(path(here))).toThrow(says);
  });

  it("a link, wherever it leads", () => {
    const { root, work, read } = place();
    symlinkSync(join(root, "other/secret"), join(work, "out.md"));
    symlinkSync(join(work, "notes.md"), join(work, "in.md"));
    symlinkSync(join(root, "other"), join(work, "folder"));
    symlinkSync(join(work, "in"), join(work, "inner"));

    expect(() => read("out.md")).toThrow(/outside/);
    expect(() => read("in.md")).toThrow(/symbolic link/);
    expect(() => read("folder/secret")).toThrow(/outside/);
    expect(() => read("inner/deep.md")).toThrow(/symbolic link/);
  });

  it("the way through /proc", () => {
    const { work, read } = place();

    expect(() => read(`/proc/self/root${work}/notes.md`)).toThrow(/symbolic link/);
    expect(() => read("/proc/self/cwd/package.json")).toThrow(/outside/);
  });

  it("a pipe, without waiting for somebody to write to it", () => {
    const { work, read } = place();
    execFileSync("mkfifo", [join(work, "pipe")]);

    expect(() => read("pipe")).toThrow(/not a file/);
  });

  it("the system's files, also when a root holds them", () => {
    const places = { roots: ["/"], guarded: [], cwd: "/", mostBytes: 100_000 };

    expect(() => readEvidence("/proc/self/status", places)).toThrow(/./);
    expect(() => readEvidence("/dev/zero", places)).toThrow(/system/);
  });

  it("more than there may be", () => {
    expect(() => place().read("notes.md", 4)).toThrow(/4 bytes/);
  });
});
