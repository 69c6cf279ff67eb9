import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { snapshotParticipant } from "../../src/snapshot/index.ts";
import { pictureOf } from "./folder-picture.ts";

// A disk of our own: an image file, mounted. What a program has written and not flushed is in the kernel's memory, not
// in the image. So a copy of the image is what a power cut would leave, and mounting the copy is the reboot.

const WORKER = join(import.meta.dirname, "../fixtures/snapshot-worker.mjs");
const PACKAGE = join(import.meta.dirname, "../..");
const BRANCH = { txn: "t1", participant: "files" };
const TREE = `
  mkdir -p kept/deep gone; echo 1 > kept/deep/one; echo 2 > gone/two; head -c 300000 /dev/urandom > large
  echo 4 > four; chmod 4711 four; ln four kept/again; ln -s nowhere link`;
const EDITS = `
  echo more >> four; rm -r gone; echo new > kept/new; mkdir -p added/sub; echo x > added/sub/x; rm link; mkdir link
  chmod 0700 kept/deep; head -c 300000 /dev/urandom | dd of=large conv=notrunc status=none`;

const home = fs.mkdtempSync(join(tmpdir(), "tetra-power-"));
const image = join(home, "image");
const disk = join(home, "disk");
const mounted: string[] = [];

function mount(path: string, at: string): boolean {
  fs.mkdirSync(at, { recursive: true });
  // nothing may reach the image by itself while a test runs
  const { status } = spawnSync("mount", ["-o", "loop,commit=300", path, at]);
  if (status === 0) mounted.push(at);
  return status === 0;
}

function unmountAll(): void {
  for (const at of mounted.splice(0)) execFileSync("umount", [at]);
}

function makeDisk(): boolean {
  fs.rmSync(image, { force: true });
  fs.writeFileSync(image, "");
  fs.truncateSync(image, 24 * 1024 * 1024);
  return spawnSync("mkfs.ext4", ["-q", "-F", image]).status === 0 && mount(image, disk);
}

const canMount = process.geteuid?.() === 0 && makeDisk();
unmountAll();

function shell(script: string, cwd: string): void {
  execFileSync("sh", ["-ec", script], { cwd });
}

const folderOn = (root: string): string => join(root, "data");
const participantOn = (root: string): ReturnType<typeof snapshotParticipant> =>
  snapshotParticipant({ name: "files", folder: folderOn(root) });

let cuts = 0;

/** Cuts the power; the old system goes on in vain. @returns where the disk is after the reboot. */
function cutPower(): string {
  cuts += 1;
  const [copy, at] = [join(home, `image-${cuts}`), join(home, `disk-${cuts}`)];
  execFileSync("cp", ["--sparse=always", image, copy]);
  expect(mount(copy, at)).toBe(true);
  return at;
}

const withoutTimes = (picture: readonly string[]): readonly string[] =>
  picture.map((line) => line.replace(/"\d+\.\d+"/, ""));

describe.skipIf(!canMount)("after a power cut (as root with loop devices only)", () => {
  let before: readonly string[];
  const participant = participantOn(disk);

  beforeEach(() => {
    makeDisk();
    fs.mkdirSync(folderOn(disk));
    shell(TREE, folderOn(disk));
    before = pictureOf(folderOn(disk));
  });

  afterEach(unmountAll);
  afterAll(() => fs.rmSync(home, { recursive: true, force: true }));

  async function edited(): Promise<readonly string[]> {
    await participant.begin?.(BRANCH);
    shell(EDITS, folderOn(disk));
    return withoutTimes(pictureOf(folderOn(disk)));
  }

  async function expectRollback(at: string): Promise<void> {
    expect(await participantOn(at).recover()).toEqual([BRANCH]);
    await participantOn(at).rollback(BRANCH);
    expect(pictureOf(folderOn(at))).toEqual(before);
    expect(fs.readdirSync(at).toSorted()).toEqual(["data", "lost+found"]);
  }

  it("a snapshot that begin has acknowledged is there, and so is the folder, never flushed before", async () => {
    await participant.begin?.(BRANCH);
    const at = cutPower();

    expect(pictureOf(folderOn(at))).toEqual(before);
    shell(EDITS, folderOn(at));
    await expectRollback(at);
  });

  it("edits of which some have reached the disk are rolled back", async () => {
    await edited();
    execFileSync("sync", [join(folderOn(disk), "large"), join(folderOn(disk), "kept")]);

    await expectRollback(cutPower());
  });

  it("what prepare has promised can be committed, or rolled back", async () => {
    const picture = await edited();
    expect(await participant.prepare(BRANCH)).toBe("yes");
    const [one, other] = [cutPower(), cutPower()];

    expect(await participantOn(one).recover()).toEqual([BRANCH]);
    await participantOn(one).commit(BRANCH);
    expect(withoutTimes(pictureOf(folderOn(one)))).toEqual(picture);
    await expectRollback(other);
  });

  it("what was committed stays so, and no snapshot comes back", async () => {
    const picture = await edited();
    await participant.prepare(BRANCH);
    await participant.commit(BRANCH);
    const at = cutPower();

    expect(await participantOn(at).recover()).toEqual([]);
    expect(withoutTimes(pictureOf(folderOn(at)))).toEqual(picture);
  });

  it("what was rolled back stays so", async () => {
    await edited();
    await participant.rollback(BRANCH);
    const at = cutPower();

    expect(await participantOn(at).recover()).toEqual([]);
    expect(pictureOf(folderOn(at))).toEqual(before);
  });

  it("a rollback that was under way is finished", { timeout: 120_000 }, async () => {
    let isDead = true;
    for (let killAt = 2; isDead; killAt += 6) {
      unmountAll();
      makeDisk();
      fs.mkdirSync(folderOn(disk));
      shell(TREE, folderOn(disk));
      before = pictureOf(folderOn(disk));
      await edited();
      execFileSync("sync", ["--file-system", disk]);
      const request = {
        folder: folderOn(disk),
        steps: ["rollback"],
        killAt,
        edits: "",
        branch: BRANCH,
      };
      const { signal } = spawnSync(process.execPath, [WORKER, JSON.stringify(request)], {
        cwd: PACKAGE,
      });
      isDead = signal === "SIGKILL";
      const at = cutPower();
      await participantOn(at).rollback(BRANCH);

      expect(pictureOf(folderOn(at))).toEqual(before);
    }
  });
});
