import { describe, expect, it } from "vitest";
import type { FileSystem } from "../file-system.ts";
import { flushFolder } from "../flush-folder.ts";
import { readFile } from "../read-all.ts";
import { simulatedDisk, type SimulatedDisk } from "./simulated-disk.ts";
import { SimulatedCrash } from "./machine.ts";

const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);
const text = (content: Uint8Array): string => new TextDecoder().decode(content);
const range = { offset: 0, length: 1 };

function makeFile(fs: FileSystem, path: string, content: string): void {
  const fd = fs.open(path, "create");
  fs.write(fd, bytes(content));
  fs.close(fd);
}

/** A disk on which these files are durable. */
function diskWith(files: Readonly<Record<string, string>>): SimulatedDisk {
  const disk = simulatedDisk();
  for (const [path, content] of Object.entries(files)) makeFile(disk.fs(), path, content);
  return disk.clone();
}

/** The files in `/` of every disk that a power cut could leave, as `name=content`. */
function outcomes(disk: SimulatedDisk): Set<string> {
  return new Set([...disk.powerCuts()].map((cut) => shown(cut)));
}

function shown(disk: SimulatedDisk): string {
  const fs = disk.fs("reader");
  const files = fs.names("/").map((name) => `${name}=${text(readFile(fs, `/${name}`))}`);
  return files.toSorted((a, b) => a.localeCompare(b)).join(" ");
}

describe("processes", () => {
  it("leaves the page cache when a process is killed, and nothing else of it", () => {
    const disk = simulatedDisk();
    const victim = disk.fs("victim");
    const fd = victim.open("/file", "append");
    victim.write(fd, bytes("x"));
    victim.tryLock(fd, range);
    disk.kill("victim");

    const other = disk.fs("other");
    expect(other.tryLock(other.open("/file", "append"), range)).toBe(true);
    expect(shown(disk)).toBe("file=x");
    expect(() => victim.write(fd, bytes("y"))).toThrow(SimulatedCrash);
    expect(() => disk.fs("victim").stat("/")).toThrow(SimulatedCrash);
  });

  it("rejects what a killed process waits for", async () => {
    const disk = simulatedDisk();
    const holder = disk.fs("holder");
    holder.tryLock(holder.open("/lock", "append"), range);
    const victim = disk.fs("victim");
    const fd = victim.open("/lock", "append");
    const waits = [
      victim.lock(fd, range),
      victim.flushLater(fd),
      victim.copy("/lock", "/copy"),
    ].map((wait) => expect(wait).rejects.toThrow(SimulatedCrash));
    disk.kill("victim");

    await Promise.all(waits);
  });

  it("gives a waiting process the lock of a killed one", async () => {
    const disk = simulatedDisk();
    const holder = disk.fs("holder");
    holder.tryLock(holder.open("/lock", "append"), range);
    const next = disk.fs("next");
    const wait = next.lock(next.open("/lock", "append"), range);
    disk.kill("holder");

    await expect(wait).resolves.toBeUndefined();
  });

  it("tells other processes what changes, until they stop watching", async () => {
    const disk = simulatedDisk();
    const seen: (string | undefined)[] = [];
    const stop = disk.fs("watcher").watch("/", (name) => seen.push(name));
    makeFile(disk.fs("writer"), "/file", "x");
    await Promise.resolve();
    stop();
    disk.fs("writer").removeFile("/file");
    await Promise.resolve();

    expect(seen).toEqual(["file", "file"]);
  });
});

describe("crashes and faults", () => {
  it("stops a process before the operation that was asked for", () => {
    const disk = simulatedDisk();
    disk.crashAt(2);

    expect(() => makeFile(disk.fs(), "/one", "1")).toThrow(SimulatedCrash);
    expect(disk.trace.map(({ name }) => name)).toEqual(["open", "write"]);
    expect(shown(disk)).toBe("one=1");
  });

  it("stops a process within a write", () => {
    const disk = simulatedDisk();
    disk.crashAt(1, 2);

    expect(() => makeFile(disk.fs(), "/one", "12345")).toThrow(SimulatedCrash);
    expect(shown(disk)).toBe("one=12");
  });

  it("fails an operation with the code that was asked for, once or as long as asked", () => {
    const disk = simulatedDisk();
    const fs = disk.fs();
    disk.failAt(0, "EMFILE");

    expect(() => fs.open("/file", "append")).toThrow("EMFILE: too many open files, open '/file'");
    disk.failWhen(({ name }) => (name === "stat" ? "EACCES" : undefined));
    expect(() => fs.stat("/file")).toThrow("EACCES");
    disk.failWhen(undefined);
    expect(fs.stat("/file")).toBeUndefined();
  });

  it("takes what fits on a full disk without an error, then nothing", () => {
    const disk = simulatedDisk();
    const fs = disk.fs();
    const fd = fs.open("/file", "append");
    disk.freeBytes = 3;

    expect(fs.write(fd, bytes("12345"))).toBe(3);
    expect(() => fs.write(fd, bytes("45"))).toThrow("ENOSPC");
    fs.truncate(fd, 1);
    expect(disk.freeBytes).toBe(2);
    fs.removeFile("/file");
    fs.close(fd);
    expect(disk.freeBytes).toBe(3);
  });

  it("leaves no half copy on a full disk", async () => {
    const disk = diskWith({ "/file": "12345678" });
    disk.freeBytes = 6;

    await expect(disk.fs().copy("/file", "/copy")).rejects.toMatchObject({ code: "ENOSPC" });
    expect(shown(disk)).toBe("file=12345678");
    expect(disk.freeBytes).toBe(6);
  });

  it("shortens writes at random, the same for the same seed", () => {
    const lengths = (): number[] => {
      const fs = simulatedDisk({ shortWrites: 7 }).fs();
      const fd = fs.open("/file", "append");
      return Array.from({ length: 20 }, () => fs.write(fd, bytes("0123456789")));
    };

    expect(new Set(lengths()).size).toBeGreaterThan(4);
    expect(Math.min(...lengths())).toBeGreaterThan(0);
    expect(lengths()).toEqual(lengths());
  });
});

describe("a power cut", () => {
  it("takes nothing when all was flushed", () => {
    const disk = simulatedDisk();
    const fs = disk.fs();
    const fd = fs.open("/file", "append");
    fs.write(fd, bytes("x"));
    fs.flush(fd);
    flushFolder(fs, "/");

    expect(outcomes(disk)).toEqual(new Set(["file=x"]));
  });

  it("may take the name of a flushed file, and the data of one whose folder was flushed", () => {
    const disk = simulatedDisk();
    const fs = disk.fs();
    const fd = fs.open("/a", "append");
    fs.write(fd, bytes("1\n2\n"));
    fs.flush(fd);

    expect(outcomes(disk)).toEqual(new Set(["", "a=1\n2\n"]));
    flushFolder(fs, "/");
    fs.write(fd, bytes("3"));
    expect(outcomes(disk)).toEqual(new Set(["a=1\n2\n", "a=1\n2\n3", "a=1\n2\n\0"]));
  });

  it("may keep a later write and lose an earlier one", () => {
    const disk = diskWith({ "/a": "" });
    const fs = disk.fs();
    const fd = fs.open("/a", "append");
    fs.write(fd, bytes("1"));
    fs.write(fd, bytes("2"));

    expect(outcomes(disk)).toContain("a=\u00002");
  });

  it("keeps overwritten bytes where the new ones are lost", () => {
    const disk = diskWith({ "/a": "old" });
    const fs = disk.fs();
    const fd = fs.open("/a", "update");
    fs.write(fd, bytes("NEW"));

    expect(outcomes(disk)).toEqual(new Set(["a=old", "a=Nld", "a=NEd", "a=NEW"]));
  });

  it("never takes half a rename or exchange", () => {
    const disk = diskWith({ "/a": "1", "/b": "2", "/c": "3" });
    const fs = disk.fs();
    fs.rename("/a", "/b");
    fs.exchange("/b", "/c");

    // the last: without the rename the exchange still leaves at each name what it left there
    expect(outcomes(disk)).toEqual(new Set(["a=1 b=2 c=3", "b=1 c=3", "b=3 c=1", "a=1 b=3 c=1"]));
  });

  it("takes a rename across folders until the folder it went into is flushed", () => {
    const disk = simulatedDisk();
    disk.fs().makeFolder("/from");
    disk.fs().makeFolder("/to");
    makeFile(disk.fs(), "/from/a", "1");
    const settled = disk.clone();
    const fs = settled.fs();
    fs.rename("/from/a", "/to/a");
    flushFolder(fs, "/from");

    expect([...settled.powerCuts()]).toHaveLength(2);
    flushFolder(fs, "/to");
    const [cut, ...others] = settled.powerCuts();
    expect(others).toEqual([]);
    expect(cut?.fs().names("/from")).toEqual([]);
  });

  it("leaves what is in a lost folder out of reach", () => {
    const disk = simulatedDisk();
    const fs = disk.fs();
    fs.makeFolder("/f");
    makeFile(fs, "/f/a", "");
    flushFolder(fs, "/f");

    const found = [...disk.powerCuts()].map((cut) => cut.fs().stat("/f/a")?.kind);
    expect(found).toEqual([undefined, "file"]);
  });

  it("tells what it took, is the same each time, and keeps to a limit", () => {
    const disk = simulatedDisk();
    for (const name of ["a", "b", "c", "d"]) makeFile(disk.fs(), `/${name}`, "12345");
    const stories = (limit: number): string[] =>
      [...disk.powerCuts({ limit, seed: 1 })].map((cut) => cut.story());

    expect(stories(3)).toHaveLength(3);
    expect(stories(200)).toEqual(stories(200));
    expect(stories(1)[0]).toContain("lost write /a 5 bytes at 0");
    expect(new Set([...disk.powerCuts()].map((cut) => cut.fingerprint())).size).toBe(256);
  });

  it("leaves disks of their own", () => {
    const disk = diskWith({ "/a": "1" });
    const [cut] = disk.powerCuts();
    const clone = disk.clone();
    disk.fs().write(disk.fs().open("/a", "append"), bytes("2"));
    clone.fs().write(clone.fs().open("/a", "append"), bytes("3"));

    expect(shown(disk)).toBe("a=12");
    expect(shown(clone)).toBe("a=13");
    expect(cut === undefined ? "" : shown(cut)).toBe("a=1");
  });
});

describe("a flush", () => {
  it("that is still under way covers what was written before it, once it has ended", async () => {
    const disk = diskWith({ "/a": "" });
    const fs = disk.fs();
    const fd = fs.open("/a", "append");
    fs.write(fd, bytes("1"));
    const flushed = fs.flushLater(fd);
    fs.write(fd, bytes("2"));

    expect(outcomes(disk)).toContain("a=");
    await flushed;
    expect(outcomes(disk)).toEqual(new Set(["a=1", "a=12", "a=1\0"]));
  });

  it("that fails loses the data for good, though it stays visible", () => {
    const disk = diskWith({ "/a": "" });
    const fs = disk.fs();
    const fd = fs.open("/a", "append");
    fs.write(fd, bytes("1"));
    disk.failAt(disk.trace.length, "EIO");

    expect(() => fs.flush(fd)).toThrow("EIO");
    expect(text(fs.read(fd, 0, 10))).toBe("1");
    fs.flush(fd);
    expect(outcomes(disk)).toContain("a=");
    fs.write(fd, bytes("2"));
    fs.flush(fd);
    expect(outcomes(disk)).toContain("a=\u00002");
  });

  it("saves data that is written again after it failed", () => {
    const disk = diskWith({ "/a": "" });
    const fs = disk.fs();
    const fd = fs.open("/a", "update");
    fs.write(fd, bytes("1"), 0);
    disk.failAt(disk.trace.length, "EIO");
    expect(() => fs.flush(fd)).toThrow("EIO");
    fs.write(fd, bytes("1"), 0);
    fs.flush(fd);

    expect(outcomes(disk)).toEqual(new Set(["a=1"]));
  });
});
