import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { nodeFileSystem } from "@tetra/durable-fs";
import type { Branch } from "@tetra/tts-core/two-phase-commit";
import { describe, expect, it } from "vitest";
import { snapshotParticipant } from "../../src/snapshot/index.ts";
import { pictureOf } from "./folder-picture.ts";
import {
  begin,
  besides,
  BRANCH,
  folder,
  home,
  parent,
  participant,
  says,
  shell,
  useTrialFolder,
} from "./trial-folder.ts";

const OTHER: Branch = { txn: "t2", participant: "files" };

useTrialFolder();

describe("the snapshot", () => {
  it("is not reached by a write in place, through a descriptor or a name that was there before", async () => {
    shell("echo before > file; ln file outside", folder);
    const fd = fs.openSync(join(folder, "file"), "r+");
    await begin();
    fs.writeSync(fd, "AFTER!", 0);
    fs.closeSync(fd);
    const [copy = ""] = execFileSync("find", [parent, "-path", "*tree/file"])
      .toString()
      .split("\n");

    expect(fs.readFileSync(copy, "utf8")).toBe("before\n");
    await participant.rollback(BRANCH);
    expect(fs.readFileSync(join(folder, "file"), "utf8")).toBe("before\n");
  });

  it("is private: what is readable or setuid in the folder is out of reach in the copy", async () => {
    await begin();

    expect(fs.statSync(join(parent, ".tetra-snapshots")).mode & 0o777).toBe(0o700);
  });

  it("is gone after commit, and the folder is as it was edited", async () => {
    shell("echo a > a");
    await begin();
    shell("echo b > b; rm a");
    const edited = pictureOf(folder);

    expect(await participant.prepare(BRANCH)).toBe("yes");
    await participant.commit(BRANCH);

    expect(pictureOf(folder)).toEqual(edited);
    expect(besides()).toEqual([]);
  });

  it("is kept elsewhere when asked to, for many folders of one name", async () => {
    const keep = join(parent, "snapshots");
    shell("mkdir -p x/data y/data; echo x > x/data/f; echo y > y/data/f", parent);
    const both = ["x", "y"].map((name) =>
      snapshotParticipant({ name, folder: join(parent, name, "data"), keep }),
    );
    for (const each of both) await each.begin?.({ txn: "t1", participant: each.name });
    shell("rm x/data/f y/data/f", parent);
    for (const each of both) await each.rollback({ txn: "t1", participant: each.name });

    expect(fs.readFileSync(join(parent, "x/data/f"), "utf8")).toBe("x\n");
    expect(fs.readFileSync(join(parent, "y/data/f"), "utf8")).toBe("y\n");
    expect(fs.readdirSync(keep)).toEqual([]);
  });
});

describe("as a participant", () => {
  it("votes read-only when nothing was touched, and has nothing to do any more", async () => {
    shell("echo a > a");
    await begin();

    expect(await participant.prepare(BRANCH)).toBe("read-only");
    expect(await participant.recover()).toEqual([]);
    expect(besides()).toEqual([]);
  });

  it("votes yes as often as it is asked", async () => {
    await begin();
    shell("echo a > a");

    expect([await participant.prepare(BRANCH), await participant.prepare(BRANCH)]).toEqual([
      "yes",
      "yes",
    ]);
  });

  it("refuses to prepare what never began", async () => {
    await expect(participant.prepare(BRANCH)).rejects.toMatchObject({ code: "UNKNOWN_BRANCH" });
  });

  it("takes a branch that is unknown, or another's, for finished", async () => {
    shell("echo a > a");
    await begin();
    shell("rm a");
    await participant.commit(OTHER);
    await participant.rollback(OTHER);

    expect(await participant.recover()).toEqual([BRANCH]);
    await participant.rollback(BRANCH);
    await participant.rollback(BRANCH);
    await participant.commit(BRANCH);
    expect(fs.readdirSync(folder)).toEqual(["a"]);
  });

  it("begins once, however often it is told to", async () => {
    shell("echo a > a");
    await begin();
    shell("echo b > a");
    await begin();
    await participant.rollback(BRANCH);

    expect(fs.readFileSync(join(folder, "a"), "utf8")).toBe("a\n");
  });

  it("names the folder as its write set, by whichever path it was given", async () => {
    fs.symlinkSync(parent, join(home, "way"));
    const other = snapshotParticipant({ name: "files", folder: join(home, "way/data/") });

    expect(await other.writeSet?.(BRANCH)).toEqual(await participant.writeSet?.(BRANCH));
    fs.unlinkSync(join(home, "way"));
  });

  it("lists only branches of its own name", async () => {
    await begin();

    expect(await snapshotParticipant({ name: "others", folder }).recover()).toEqual([]);
    expect(await participant.recover()).toEqual([BRANCH]);
  });
});

describe("two transactions", () => {
  it("cannot be open on one folder: the second is told which is the first", async () => {
    await begin();

    await expect(begin(OTHER)).rejects.toMatchObject({
      code: "CONFLICT",
      message: says("t1"),
    });
    await participant.rollback(BRANCH);
    await begin(OTHER);
    expect(await participant.recover()).toEqual([OTHER]);
  });

  it("that begin at once: one of them does", async () => {
    shell("for i in {1..50}; do echo $i > $i; done");
    const results = await Promise.allSettled(
      ["a", "b", "c", "d"].map(
        async (txn) => await participant.begin?.({ txn, participant: "files" }),
      ),
    );

    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it.each([
    ["inside", "outer", "inner"],
    ["around", "inner", "outer"],
  ] as const)("cannot be open %s one another", async (_how, first, second) => {
    shell("mkdir -p sub/deep");
    const of = {
      outer: participant,
      inner: snapshotParticipant({ name: "inner", folder: join(folder, "sub/deep") }),
    };
    await of[first].begin?.({ txn: "t1", participant: of[first].name });

    await expect(
      of[second].begin?.({ txn: "t2", participant: of[second].name }),
    ).rejects.toMatchObject({ code: "CONFLICT", message: says("t1") });
    await of[first].rollback({ txn: "t1", participant: of[first].name });
    await of[second].begin?.({ txn: "t2", participant: of[second].name });
    await of[second].rollback({ txn: "t2", participant: of[second].name });
    expect(besides()).toEqual([]);
  });

  it("may be open on folders beside one another", async () => {
    shell("mkdir other", parent);
    const other = snapshotParticipant({ name: "files", folder: join(parent, "other") });
    await begin();
    await other.begin?.(OTHER);

    expect([await participant.recover(), await other.recover()]).toEqual([[BRANCH], [OTHER]]);
  });
});

it("waits while another process is at work on the snapshot", async () => {
  shell("echo a > a");
  await begin();
  shell("rm a");
  const disk = nodeFileSystem();
  const fd = disk.open(join(parent, ".tetra-snapshots/lock"), "append");
  await disk.lock(fd, { offset: 0, length: 0 });
  const rollback = participant.rollback(BRANCH).then(() => fs.readdirSync(folder));
  const seen = fs.readdirSync(folder);
  disk.close(fd);

  expect(seen).toEqual([]);
  expect(await rollback).toEqual(["a"]);
});
