import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { attributeCalls, pictureOf } from "./folder-picture.ts";
import {
  begin,
  besides,
  BRANCH,
  folder,
  isRoot,
  parent,
  participant,
  says,
  shell,
  useTrialFolder,
} from "./trial-folder.ts";

/** Begins on a tree, lets `edits` happen, rolls back, and gives the pictures before and after. */
async function roundTrip(
  tree: string,
  edits: string,
): Promise<readonly [readonly string[], readonly string[]]> {
  shell(tree);
  const before = pictureOf(folder);
  await begin();
  shell(edits, parent);
  await participant.rollback(BRANCH);
  return [before, pictureOf(folder)];
}

useTrialFolder();

describe("rollback puts back", () => {
  const TREE =
    "mkdir sub empty; echo one > one; echo two > sub/two; ln -s nowhere dangling; ln -s /etc absolute; ln -s sub to-folder";

  it.each([
    ["content", TREE, "echo more >> data/one; echo x > data/sub/two"],
    [
      "content of the same size under the same time",
      TREE,
      "touch -r data/one t; echo eno > data/one; touch -r t data/one; rm t",
    ],
    [
      "modes, setuid and sticky among them",
      `${TREE}; chmod 4755 one; chmod 2750 sub; chmod 1777 empty`,
      "chmod 0600 data/one; chmod 0700 data/sub data/empty data",
    ],
    [
      "times to the nanosecond",
      `${TREE}; touch -d @1.000000001 one; touch -h -d @2.000000002 dangling; touch -d @3.999999999 sub .`,
      "touch -h data/one data/dangling data/sub data",
    ],
    ["what was deleted", TREE, "rm -r data/sub data/one data/dangling data/empty"],
    [
      "what was added: nothing of it",
      TREE,
      "mkdir -p data/new/deep data/sub/x; mkfifo data/pipe; ln -s / data/root; echo n > data/new/deep/n; ln data/one data/new/link",
    ],
    [
      "links, never following them",
      TREE,
      "rm data/dangling; echo x > data/dangling; rm data/absolute; mkdir data/absolute; ln -sfn /tmp data/to-folder",
    ],
    [
      "a folder that became a link to another",
      TREE,
      "mv data/sub moved; ln -s ../moved data/sub; echo x >> moved/two",
    ],
    [
      "a file that became a folder, and the reverse",
      TREE,
      "rm data/one; mkdir -p data/one/x; rm -r data/sub; echo x > data/sub",
    ],
    [
      "things that were renamed",
      TREE,
      "mv data/sub data/bus; mv data/one data/empty/one; mv data/dangling data/one",
    ],
    [
      "hard links among files",
      `${TREE}; ln one sub/uno`,
      "rm data/one; echo x >> data/sub/uno; cp data/sub/uno data/one",
    ],
    ["the folder when it is gone", TREE, "rm -r data"],
    ["the folder when it has become a file", TREE, "rm -r data; echo x > data"],
    ["the folder when it has become a link", TREE, "mv data gone; ln -s gone data"],
    [
      "the folder when another stands there",
      TREE,
      "rm -r data; mkdir data; echo x > data/one; chmod 0700 data",
    ],
    ["an empty folder", "true", "echo x > data/x"],
    [
      "names that are not text",
      `touch $'a\\nb' ' ' "it's" '"' -- -rf $'\\xff\\xfe'; mkdir $'\\xc3'; echo x > $'\\xc3/\\x01'`,
      "rm -r data; mkdir data; touch $'data/\\xfd'",
    ],
    [
      "folders that forbid writing",
      "mkdir -p ro/in; echo x > ro/in/x; echo y > ro/y; chmod 0555 ro/in ro",
      "chmod -R u+w data; rm -r data/ro/in; echo z > data/ro/y",
    ],
    [
      "files of mode 0000",
      "echo x > x; chmod 0 x; echo y > y; chmod 0 y",
      "chmod 600 data/x; echo changed > data/x; rm -f data/y",
    ],
  ])("%s", async (_what, tree, edits) => {
    const [before, after] = await roundTrip(tree, edits);

    expect(after).toEqual(before);
    expect(besides().filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("extended attributes and access lists, of files and folders", async () => {
    shell("mkdir sub; echo x > file; mkdir plain");
    const list = Buffer.from(
      "0200000001000700ffffffff02000500e803000004000500ffffffff10000500ffffffff20000500ffffffff",
      "hex",
    );
    const onto = (path: string, work: (fd: number) => void): void => {
      const fd = fs.openSync(join(folder, path), "r");
      work(fd);
      fs.closeSync(fd);
    };
    for (const path of ["sub", "file", "."]) {
      onto(path, (fd) => {
        attributeCalls.setAttrSync(fd, "user.colour", "blue");
        attributeCalls.setAttrSync(fd, "system.posix_acl_access", list);
      });
    }
    onto("sub", (fd) => attributeCalls.setAttrSync(fd, "system.posix_acl_default", list));
    const before = pictureOf(folder);

    await begin();
    onto("file", (fd) => attributeCalls.setAttrSync(fd, "user.colour", "red"));
    onto("sub", (fd) => attributeCalls.removeAttrSync(fd, "system.posix_acl_default"));
    onto("sub", (fd) => attributeCalls.removeAttrSync(fd, "user.colour"));
    onto("plain", (fd) => attributeCalls.setAttrSync(fd, "user.added", "x"));
    onto(".", (fd) => attributeCalls.removeAttrSync(fd, "system.posix_acl_access"));
    await participant.rollback(BRANCH);

    expect(pictureOf(folder)).toEqual(before);
  });

  it("nothing of what the parent's default access list would add", async () => {
    const list = Buffer.from(
      "0200000001000700ffffffff02000700e803000004000500ffffffff10000700ffffffff20000500ffffffff",
      "hex",
    );
    shell("echo x > x; mkdir sub");
    const fd = fs.openSync(parent, "r");
    attributeCalls.setAttrSync(fd, "system.posix_acl_default", list);
    fs.closeSync(fd);
    const before = pictureOf(folder);

    await begin();
    shell("rm -r data", parent);
    await participant.rollback(BRANCH);

    expect(pictureOf(folder)).toEqual(before);
  });

  it("holes of a sparse file as holes", async () => {
    shell("truncate -s 50M sparse; echo end >> sparse");
    await begin();
    shell("echo x >> sparse");
    await participant.rollback(BRANCH);

    const { size, blocks } = fs.statSync(join(folder, "sparse"));
    expect(size).toBe(50 * 1024 * 1024 + 4);
    expect(blocks).toBeLessThan(100);
  });

  it.skipIf(!isRoot)("owners and groups (as root only)", async () => {
    const [before, after] = await roundTrip(
      "mkdir sub; echo x > sub/x; chown 1234:5678 sub sub/x .; chmod 6755 sub/x; ln -s x l; chown -h 1:2 l",
      "chown -hR 0:0 data",
    );

    expect(after).toEqual(before);
  });

  it("a tree as deep as the kernel allows, and removes one that is deeper", async () => {
    shell(`mkdir -p ${`${"d".repeat(199)}/`.repeat(17)}; touch $(echo d*)/x`);
    const before = pictureOf(folder);
    await begin();
    const long = `${"e".repeat(199)}/`.repeat(18);
    shell(`rm -r d*; mkdir -p ${long}; cd ${long}; mkdir -p ${long}; cd ${long}; echo x > x`);
    await participant.rollback(BRANCH);

    expect(pictureOf(folder)).toEqual(before);
    expect(besides()).toEqual([]);
  });
});

describe("what did not change", () => {
  it("is not written again: files and folders keep their inode, the folder itself too", async () => {
    shell("mkdir sub; echo a > a; echo b > sub/b; echo c > sub/c");
    const inodes = (): readonly bigint[] =>
      ["", "a", "sub", "sub/b"].map(
        (path) => fs.lstatSync(join(folder, path), { bigint: true }).ino,
      );
    const before = inodes();
    await begin();
    shell("echo changed > sub/c; echo new > sub/new; echo new > new");
    await participant.rollback(BRANCH);

    expect(inodes()).toEqual(before);
  });

  it("is written again all the same after a reboot, when change times cannot be trusted", async () => {
    shell("echo a > a; mkdir sub; echo b > sub/b");
    await begin();
    const before = pictureOf(folder);
    const inode = fs.lstatSync(join(folder, "a")).ino;
    shell(
      'sed -i \'s/"boot":"[^"]*"/"boot":"an earlier one"/\' .tetra-snapshots/*/snapshot/manifest.ndjson',
      parent,
    );
    await participant.rollback(BRANCH);

    expect(pictureOf(folder)).toEqual(before);
    expect(fs.lstatSync(join(folder, "a")).ino).not.toBe(inode);
  });

  it("is written again when it changed in the clock's last tick before begin ended", async () => {
    shell("echo a > a");
    await begin();
    const inode = fs.lstatSync(join(folder, "a")).ino;
    shell(
      'sed -i \'s/"sinceNs":"[^"]*"/"sinceNs":"1"/\' .tetra-snapshots/*/snapshot/manifest.ndjson',
      parent,
    );
    await participant.rollback(BRANCH);

    expect(fs.lstatSync(join(folder, "a")).ino).not.toBe(inode);
  });
});

it("says which file is missing when somebody has taken a part of the snapshot away, and goes on once it is back", async () => {
  shell("echo a > a; echo b > b");
  await begin();
  shell("rm data/a data/b; mv .tetra-snapshots/*/snapshot/tree/a taken", parent);

  await expect(participant.rollback(BRANCH)).rejects.toMatchObject({
    code: "SNAPSHOT_DAMAGED",
    message: says("data/a"),
  });
  shell("mv taken data/a", parent);
  await participant.rollback(BRANCH);
  expect(fs.readdirSync(folder).toSorted()).toEqual(["a", "b"]);
});
