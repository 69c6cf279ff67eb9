import { describe, expect, it } from "vitest";
import {
  type FileSystem,
  flushFolder,
  isSystemError,
  isTemporaryName,
  makeFolders,
  readFile,
  replaceFile,
  swapLink,
  writeAll,
  writeFileAtomic,
} from "../src/index.ts";
import { crashStates, simulatedDisk, type SimulatedDisk } from "../src/testing/index.ts";

const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);
const text = (content: Uint8Array): string => new TextDecoder().decode(content);

const OLD = "old content\nof two lines\n";
const NEW = "new content,\nof which no part\nmay be found alone\n";

/** A disk with a durable file `/f/file`. */
function diskWithFile(): SimulatedDisk {
  const disk = simulatedDisk();
  const fs = disk.fs();
  fs.makeFolder("/f");
  writeFileAtomic(fs, "/f/file", bytes(OLD), { durable: false });
  return disk.clone();
}

function contentOf(fs: FileSystem, path: string): string | undefined {
  try {
    return text(readFile(fs, path));
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}

interface Seen {
  /** With the power cuts at every crash point. */
  readonly disks: number;
  readonly contents: ReadonlySet<string | undefined>;
  /** After the writer had said that it was done. */
  readonly acknowledged: ReadonlySet<string | undefined>;
  readonly killed: ReadonlySet<string | undefined>;
}

/** What can be found at `/f/file` when a writer is stopped, with or without a power cut. */
async function found(write: (fs: FileSystem) => void): Promise<Seen> {
  const contents = new Set<string | undefined>();
  const acknowledged = new Set<string | undefined>();
  const killed = new Set<string | undefined>();
  let disks = 0;
  const run = (fs: FileSystem, note: (note: "done") => void): void => {
    write(fs);
    note("done");
  };
  for await (const { disk, notes } of crashStates({ disk: diskWithFile(), run })) {
    killed.add(contentOf(disk.fs("reader"), "/f/file"));
    for (const cut of disk.powerCuts()) {
      disks += 1;
      const content = contentOf(cut.fs(), "/f/file");
      contents.add(content);
      if (notes.includes("done")) acknowledged.add(content);
    }
  }
  return { disks, contents, acknowledged, killed };
}

function writeAndRename(fs: FileSystem, steps: { file: boolean; folder: boolean }): void {
  const fd = fs.open("/f/new", "create");
  writeAll(fs, fd, bytes(NEW));
  if (steps.file) fs.flush(fd);
  fs.close(fd);
  fs.rename("/f/new", "/f/file");
  if (steps.folder) flushFolder(fs, "/f");
}

describe("the simulated disk finds", () => {
  it("the broken file that writing in place leaves", async () => {
    const { contents, killed } = await found((fs) => {
      const fd = fs.open("/f/file", "update");
      fs.truncate(fd, 0);
      writeAll(fs, fd, bytes(NEW));
      fs.flush(fd);
      fs.close(fd);
    });

    expect(killed).toContain("");
    expect(contents.size).toBeGreaterThan(4);
  });

  it("the empty, torn and zeroed files that a rename without a flush leaves", async () => {
    const { contents } = await found((fs) => writeAndRename(fs, { file: false, folder: true }));

    expect(contents).toContain("");
    expect(contents).toContain("\0".repeat(NEW.length));
    expect(contents).toContain(NEW.slice(0, -1));
    expect(contents).toContain(NEW.slice(0, NEW.indexOf("\n") + 1));
  });

  it("the old file that comes back when the folder was not flushed", async () => {
    const { contents, acknowledged } = await found((fs) =>
      writeAndRename(fs, { file: true, folder: false }),
    );

    expect(contents).toEqual(new Set([OLD, NEW]));
    expect(acknowledged).toEqual(new Set([OLD, NEW]));
  });

  it("nothing wrong when both were flushed", async () => {
    const { contents, acknowledged } = await found((fs) =>
      writeAndRename(fs, { file: true, folder: true }),
    );

    expect(contents).toEqual(new Set([OLD, NEW]));
    expect(acknowledged).toEqual(new Set([NEW]));
  });
});

describe("writeFileAtomic", () => {
  it("leaves the old or the new file at any crash, and the new one once it has returned", async () => {
    const { disks, contents, acknowledged, killed } = await found((fs) =>
      writeFileAtomic(fs, "/f/file", bytes(NEW), { durable: true }),
    );

    expect(killed).toEqual(new Set([OLD, NEW]));
    expect(contents).toEqual(new Set([OLD, NEW]));
    expect(acknowledged).toEqual(new Set([NEW]));
    expect(disks).toBeGreaterThan(20);
  });

  it("leaves nothing beside the file when any step fails", () => {
    const healthy = diskWithFile();
    writeFileAtomic(healthy.fs(), "/f/file", bytes(NEW), { durable: true });

    for (const { index } of healthy.trace) {
      const disk = diskWithFile();
      disk.failAt(index, "EIO");
      const write = (): void =>
        writeFileAtomic(disk.fs(), "/f/file", bytes(NEW), { durable: true });

      expect(write).toThrow("EIO");
      expect(disk.fs().names("/f")).toEqual(["file"]);
      expect([OLD, NEW]).toContain(contentOf(disk.fs(), "/f/file"));
    }
  });
});

describe("replaceFile", () => {
  it("never shows half a file to a process that reads", async () => {
    const { killed } = await found((fs) => void replaceFile(fs, "/f/file", bytes(NEW)));

    expect(killed).toEqual(new Set([OLD, NEW]));
  });

  it("leaves only temporary files behind when it is stopped", async () => {
    const run = (fs: FileSystem): void => void replaceFile(fs, "/f/file", bytes(NEW));

    for await (const { disk } of crashStates({ disk: diskWithFile(), run })) {
      const others = disk
        .fs("reader")
        .names("/f")
        .filter((name) => !isTemporaryName(name));
      expect(others).toEqual(["file"]);
    }
  });
});

describe("swapLink", () => {
  it("points to the old or the new target at any crash", async () => {
    const start = simulatedDisk();
    start.fs().makeLink("old", "/link");
    const targets = new Set<string>();
    const run = (fs: FileSystem): void => swapLink(fs, "new", "/link");

    for await (const { disk } of crashStates({ disk: start, run })) {
      targets.add(disk.fs("reader").readLink("/link"));
      for (const cut of disk.powerCuts()) targets.add(cut.fs().readLink("/link"));
    }

    expect(targets).toEqual(new Set(["old", "new"]));
  });
});

describe("makeFolders", () => {
  it("has the whole path on disk once it has returned", async () => {
    const acknowledged = new Set<string | undefined>();
    const run = (fs: FileSystem, note: (path: string) => void): void => {
      makeFolders(fs, "/a/b/c", { durable: true });
      note("/a/b/c");
    };

    for await (const { disk, notes } of crashStates({ disk: simulatedDisk(), run })) {
      for (const cut of disk.powerCuts()) {
        for (const path of notes) acknowledged.add(cut.fs().stat(path)?.kind);
      }
    }

    expect(acknowledged).toEqual(new Set(["folder"]));
  });

  it("makes durable what a process left that died on the way", async () => {
    const run = (fs: FileSystem): void => makeFolders(fs, "/a/b/c", { durable: true });

    for await (const { disk } of crashStates({ disk: simulatedDisk(), run })) {
      makeFolders(disk.fs("next"), "/a/b/c", { durable: true });
      for (const cut of disk.powerCuts()) {
        expect(cut.fs().stat("/a/b/c")?.kind).toBe("folder");
      }
    }
  });
});
