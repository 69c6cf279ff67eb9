import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { snapshotParticipant } from "../../src/snapshot/index.ts";
import { pictureOf } from "./folder-picture.ts";
import {
  begin,
  besides,
  BRANCH,
  folder,
  home,
  isRoot,
  parent,
  participant,
  says,
  shell,
  useTrialFolder,
} from "./trial-folder.ts";

const NOBODY = 65_534;

useTrialFolder();

describe("begin refuses, and leaves nothing behind", () => {
  it.each([
    ["a pipe", "mkdir sub; mkfifo sub/p", "sub/p"],
    [
      "paths that are too long to be put back",
      `mkdir -p ${`${"d".repeat(199)}/`.repeat(19)}`,
      "too deep",
    ],
  ])("%s", async (_what, tree, said) => {
    shell(tree);

    await expect(begin()).rejects.toMatchObject({
      code: "NOT_RESTORABLE",
      message: says(said),
    });
    expect(besides()).toEqual([]);
  });

  it("a socket", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(folder, "s"), resolve));

    await expect(begin()).rejects.toMatchObject({ code: "NOT_RESTORABLE" });
    await new Promise((resolve) => server.close(resolve));
    expect(besides()).toEqual([]);
  });

  it.each([
    ["a file", "rm -r data; echo x > data"],
    ["a link to a folder", "mv data real; ln -s real data"],
    ["nothing", "rm -r data"],
  ])("%s where the folder should be", async (_what, script) => {
    shell(script, parent);

    await expect(begin()).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(besides().filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("a keep that others could write to", async () => {
    shell("mkdir .tetra-snapshots; chmod 0777 .tetra-snapshots", parent);

    await expect(begin()).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  it("a keep inside the folder", async () => {
    const inside = snapshotParticipant({ name: "files", folder, keep: join(folder, "keep") });

    await expect(inside.begin?.(BRANCH)).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  it("a folder that somebody writes to meanwhile", { timeout: 30_000 }, async () => {
    shell("for i in {1..200}; do echo $i > $i; done");
    const writer = setInterval(() => fs.writeFileSync(join(folder, "1"), String(Math.random())), 0);
    try {
      await expect(begin()).rejects.toMatchObject({
        code: "RESOURCE_AWAY",
      });
    } finally {
      clearInterval(writer);
    }
    expect(besides()).toEqual([]);
  });
});

describe.skipIf(!isRoot)("with what only root can set up (as root only)", () => {
  function mounted(options: readonly string[], at: string): void {
    fs.mkdirSync(at, { recursive: true });
    execFileSync("mount", [...options, at]);
  }

  it("refuses mount points in the folder, also of its own file system, and the folder as one", async () => {
    const at = join(folder, "sub/mount");
    for (const options of [
      ["-t", "tmpfs", "tmpfs"],
      ["--bind", parent],
    ]) {
      mounted(options, at);
      try {
        await expect(begin()).rejects.toMatchObject({
          code: "NOT_RESTORABLE",
          message: says("sub/mount"),
        });
        const itself = snapshotParticipant({ name: "files", folder: at });
        await expect(itself.begin?.(BRANCH)).rejects.toMatchObject({ code: "NOT_RESTORABLE" });
      } finally {
        execFileSync("umount", [at]);
      }
    }
    expect(besides()).toEqual([]);
  });

  it("waits with a rollback until what was mounted meanwhile is gone", async () => {
    shell("echo a > a; mkdir sub");
    const before = pictureOf(folder);
    await begin();
    shell("rm a");
    mounted(["-t", "tmpfs", "tmpfs"], join(folder, "sub"));
    try {
      await expect(participant.rollback(BRANCH)).rejects.toMatchObject({ code: "NOT_RESTORABLE" });
      await expect(participant.prepare(BRANCH)).rejects.toMatchObject({ code: "NOT_RESTORABLE" });
    } finally {
      execFileSync("umount", [join(folder, "sub")]);
    }
    await participant.rollback(BRANCH);
    expect(pictureOf(folder)).toEqual(before);
  });

  it("a full disk: begin fails with one line and leaves nothing; a rollback needs no space", async () => {
    const small = join(parent, "small");
    mounted(["-t", "tmpfs", "-o", "size=3m", "tmpfs"], small);
    try {
      shell("mkdir data; head -c 1000000 /dev/urandom > data/big; echo a > data/a", small);
      const onSmall = snapshotParticipant({ name: "files", folder: join(small, "data") });
      shell("head -c 2000000 /dev/urandom > data/huge", small);
      await expect(onSmall.begin?.(BRANCH)).rejects.toMatchObject({
        code: "SNAPSHOT_FAILED",
        message: says("o space left"),
      });
      expect(fs.readdirSync(small)).toEqual(["data"]);

      shell("rm data/huge", small);
      const before = pictureOf(join(small, "data"));
      await onSmall.begin?.(BRANCH);
      shell("echo more >> data/big; rm data/a; cat /dev/zero > data/fill || true", small);
      await onSmall.rollback(BRANCH);
      expect(pictureOf(join(small, "data"))).toEqual(before);
      expect(fs.readdirSync(small)).toEqual(["data"]);
    } finally {
      execFileSync("umount", [small]);
    }
  });

  describe("as an ordinary user", () => {
    async function asUser(work: () => Promise<void>): Promise<void> {
      [home, parent, folder].forEach((path) => fs.chownSync(path, NOBODY, NOBODY));
      process.setegid?.(NOBODY);
      process.seteuid?.(NOBODY);
      try {
        await work();
      } finally {
        process.seteuid?.(0);
        process.setegid?.(0);
      }
    }

    it("files and folders of mode 0000 come back, and are closed again after begin", async () => {
      await asUser(async () => {
        fs.mkdirSync(join(folder, "closed/in"), { recursive: true });
        fs.writeFileSync(join(folder, "closed/in/x"), "x");
        fs.chmodSync(join(folder, "closed/in/x"), 0o4000);
        fs.chmodSync(join(folder, "closed/in"), 0);
        fs.chmodSync(join(folder, "closed"), 0o100);
        fs.chmodSync(folder, 0o300);
      });
      const before = pictureOf(folder);
      await asUser(begin);
      expect(pictureOf(folder)).toEqual(before);
      await asUser(async () => {
        fs.chmodSync(join(folder, "closed"), 0o700);
        fs.chmodSync(join(folder, "closed/in"), 0o700);
        fs.unlinkSync(join(folder, "closed/in/x"));
        fs.writeFileSync(join(folder, "new"), "new");
        await participant.rollback(BRANCH);
      });

      expect(pictureOf(folder)).toEqual(before);
      expect(besides()).toEqual([]);
    });

    it("what a dead begin had opened is closed by the next call", async () => {
      await asUser(async () => {
        fs.writeFileSync(join(folder, "x"), "x");
        fs.chmodSync(join(folder, "x"), 0);
        await begin();
        // as a begin leaves it that dies before its last step
        shell("rm .tetra-snapshots/*/snapshot/manifest.ndjson; chmod 0400 data/x", parent);
        expect(await participant.recover()).toEqual([]);
      });

      expect(fs.lstatSync(join(folder, "x")).mode & 0o7777).toBe(0);
      expect(besides()).toEqual([]);
    });

    it("a parent that forbids writing is left as it is: rollback waits until it allows it", async () => {
      const keep = join(home, "keep");
      const elsewhere = snapshotParticipant({ name: "files", folder, keep });
      await asUser(async () => {
        fs.writeFileSync(join(folder, "x"), "x");
        await elsewhere.begin?.(BRANCH);
        shell("rm -r data; chmod 0500 .", parent);
        await expect(elsewhere.rollback(BRANCH)).rejects.toMatchObject({ code: "EACCES" });
        expect(fs.statSync(parent).mode & 0o777).toBe(0o500);
        fs.chmodSync(parent, 0o700);
        await elsewhere.rollback(BRANCH);
      });

      expect(fs.readdirSync(folder)).toEqual(["x"]);
      expect(fs.readdirSync(keep)).toEqual([]);
    });

    it("somebody else's files are refused: only root could put them back", async () => {
      fs.writeFileSync(join(folder, "roots"), "x");
      await asUser(async () => {
        await expect(begin()).rejects.toMatchObject({
          code: "NOT_RESTORABLE",
          message: says("roots"),
        });
      });
      fs.chownSync(join(folder, "roots"), NOBODY, 0);
      await asUser(async () => {
        await expect(begin()).rejects.toMatchObject({
          code: "NOT_RESTORABLE",
          message: says("group 0"),
        });
      });
    });
  });
});
