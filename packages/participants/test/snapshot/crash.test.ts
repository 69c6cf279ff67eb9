import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { snapshotParticipant } from "../../src/snapshot/index.ts";
import { pictureOf } from "./folder-picture.ts";

type Step = "begin" | "edit" | "prepare" | "commit" | "rollback" | "recover";

const WORKER = join(import.meta.dirname, "../fixtures/snapshot-worker.mjs");
const PACKAGE = join(import.meta.dirname, "../..");
const BRANCH = { txn: "t1", participant: "files" };
const home = mkdtempSync(join(tmpdir(), "tetra-crash-"));
let count = 0;

const TREE = `
  mkdir -p kept/deep gone replaced full; echo 1 > kept/deep/one; echo 2 > gone/two; echo 3 > replaced/three
  echo 4 > four; chmod 4711 four; ln four full/again; ln -s nowhere link; chmod 0555 full; touch -d @1000000000.123456789 kept`;
const EDITS = `
  chmod 0755 full; echo more >> four; rm -r gone replaced; ln -s /etc replaced; echo new > kept/new
  mkdir -p added/sub; echo x > added/sub/x; rm link; mkdir link; echo y > link/y; chmod 0700 kept/deep`;

afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Trial {
  readonly parent: string;
  readonly folder: string;
}

function makeTrial(tree: string): Trial {
  count += 1;
  const parent = join(home, String(count));
  const folder = join(parent, "data");
  mkdirSync(folder, { recursive: true });
  shell(tree, folder);
  return { parent, folder };
}

function shell(script: string, cwd: string): void {
  execFileSync("sh", ["-ec", script], { cwd });
}

function request(trial: Trial, steps: readonly Step[], killAt?: number): string {
  return JSON.stringify({ folder: trial.folder, steps, killAt, edits: EDITS, branch: BRANCH });
}

/** Runs the steps in a process that dies in the last of them. @returns whether it did. */
function dieIn(trial: Trial, steps: readonly Step[], killAt: number): boolean {
  const { signal, stdout, stderr } = spawnSync(
    process.execPath,
    [WORKER, request(trial, steps, killAt)],
    { cwd: PACKAGE },
  );
  if (signal === null && !stdout.toString().endsWith("done\n")) throw new Error(stderr.toString());
  return signal === "SIGKILL";
}

const participantOf = ({ folder }: Trial): ReturnType<typeof snapshotParticipant> =>
  snapshotParticipant({ name: "files", folder });

/** Content, modes and links, without times: those of edits differ from one doing to the next. */
const withoutTimes = (picture: readonly string[]): readonly string[] =>
  picture.map((line) => line.replace(/"\d+\.\d+"/, ""));

/** Dies at every call of `last` in turn, and hands what is left to `check`. @returns how many calls there were. */
async function atEveryCall(
  { before, last }: { readonly before: readonly Step[]; readonly last: Step },
  check: (
    trial: Trial,
    pictures: { readonly original: readonly string[]; readonly edited: readonly string[] },
  ) => Promise<void>,
): Promise<number> {
  const plain = makeTrial(TREE);
  shell(EDITS, plain.folder);
  const edited = withoutTimes(pictureOf(plain.folder));
  for (let killAt = 1; ; killAt += 1) {
    const trial = makeTrial(TREE);
    const original = pictureOf(trial.folder);
    const participant = participantOf(trial);
    for (const step of before) {
      if (step === "edit") shell(EDITS, trial.folder);
      else await participant[step]?.(BRANCH);
    }
    const died = dieIn(trial, [last], killAt);
    await check(trial, { original, edited });
    expect(existsSync(join(trial.parent, ".tetra-snapshots"))).toBe(false);
    if (!died) return killAt - 1;
  }
}

describe("killed before any call that changes the disk", () => {
  it(
    "a begin has never been, or is complete; the folder is as it was",
    { timeout: 300_000 },
    async () => {
      const calls = await atEveryCall(
        { before: [], last: "begin" },
        async (trial, { original }) => {
          expect(pictureOf(trial.folder)).toEqual(original);
          const branches = await participantOf(trial).recover();
          expect([[], [BRANCH]]).toContainEqual(branches);
          await participantOf(trial).rollback(BRANCH);
          expect(pictureOf(trial.folder)).toEqual(original);
        },
      );
      expect(calls).toBeGreaterThan(10);
    },
  );

  it("a prepare can be rolled back", { timeout: 300_000 }, async () => {
    const calls = await atEveryCall(
      { before: ["begin", "edit"], last: "prepare" },
      async (trial, { original }) => {
        expect(await participantOf(trial).recover()).toEqual([BRANCH]);
        await participantOf(trial).rollback(BRANCH);
        expect(pictureOf(trial.folder)).toEqual(original);
      },
    );
    expect(calls).toBeGreaterThan(1);
  });

  it("a rollback is finished by calling it again", { timeout: 300_000 }, async () => {
    const calls = await atEveryCall(
      { before: ["begin", "edit"], last: "rollback" },
      async (trial, { original }) => {
        await participantOf(trial).rollback(BRANCH);
        expect(pictureOf(trial.folder)).toEqual(original);
      },
    );
    expect(calls).toBeGreaterThan(30);
  });

  it("a commit is finished by calling it again", { timeout: 300_000 }, async () => {
    const calls = await atEveryCall(
      { before: ["begin", "edit", "prepare"], last: "commit" },
      async (trial, { edited }) => {
        await participantOf(trial).commit(BRANCH);
        expect(withoutTimes(pictureOf(trial.folder))).toEqual(edited);
      },
    );
    expect(calls).toBeGreaterThan(10);
  });

  it("a rollback may die again and again", { timeout: 300_000 }, async () => {
    const trial = makeTrial(TREE);
    const original = pictureOf(trial.folder);
    await participantOf(trial).begin?.(BRANCH);
    shell(EDITS, trial.folder);
    let deaths = 0;
    while (dieIn(trial, ["rollback"], 7 + deaths)) deaths += 1;
    expect(deaths).toBeGreaterThan(5);
    expect(pictureOf(trial.folder)).toEqual(original);
    expect(existsSync(join(trial.parent, ".tetra-snapshots"))).toBe(false);
  });
});

describe("killed at any moment, its programs still running", () => {
  const LARGE = `${TREE}
    for i in 1 2 3 4 5 6 7 8; do mkdir d$i; for j in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do echo $i-$j > d$i/$j; done; done`;
  const ROUNDS = 120;

  /** Starts the steps, and kills so long after the first has begun. @returns what it had begun. */
  async function killAfter(
    trial: Trial,
    steps: readonly Step[],
    ms: number,
  ): Promise<{ readonly begun: readonly string[]; readonly tookMs: number }> {
    const child = spawn(process.execPath, [WORKER, request(trial, steps)], {
      cwd: PACKAGE,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    let timer: NodeJS.Timeout | undefined;
    let start = 0;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (said === "") start = performance.now();
      said += text;
      timer ??= setTimeout(() => child.kill("SIGKILL"), ms);
    });
    // the user's edits have our output: they have ended too; what the participant started has not
    await new Promise((resolve) => child.on("close", resolve));
    clearTimeout(timer);
    return { begun: said.trimEnd().split("\n"), tookMs: performance.now() - start };
  }

  it(
    `a fresh process ends ${ROUNDS} of them exactly before or exactly after`,
    { timeout: 300_000 },
    async () => {
      const model = makeTrial(LARGE);
      shell(EDITS, model.folder);
      const edited = withoutTimes(pictureOf(model.folder));
      const times: number[] = [];
      const moments = fc.record({
        // of the time that it takes when nobody kills it
        part: fc.double({ min: 0, max: 1, noNaN: true }),
        end: fc.constantFrom("commit" as const, "rollback" as const),
      });
      const reached = new Map<string, number>();
      for (let run = 0; run < 3; run += 1) {
        const steps = ["begin", "edit", "prepare", "rollback"] as const;
        times.push((await killAfter(makeTrial(LARGE), steps, 60_000)).tookMs);
      }
      const wholeMs = Math.min(...times);

      await fc.assert(
        fc.asyncProperty(moments, async ({ part, end }) => {
          const trial = makeTrial(LARGE);
          const original = pictureOf(trial.folder);
          const { begun } = await killAfter(
            trial,
            ["begin", "edit", "prepare", end],
            part * wholeMs,
          );
          for (const step of begun) reached.set(step, (reached.get(step) ?? 0) + 1);
          // the word of the worker stands for the decision in the transaction's log
          const isCommitted = begun.includes("commit");
          const participant = participantOf(trial);
          for (const branch of await participant.recover())
            await participant[isCommitted ? "commit" : "rollback"](branch);
          await participant[isCommitted ? "commit" : "rollback"](BRANCH);

          const now = pictureOf(trial.folder);
          expect(isCommitted ? withoutTimes(now) : now).toEqual(isCommitted ? edited : original);
          expect(existsSync(join(trial.parent, ".tetra-snapshots"))).toBe(false);
          rmSync(trial.parent, { recursive: true, force: true });
        }),
        { numRuns: ROUNDS, endOnFailure: true },
      );
      // some died in the first step, and some came to the last
      expect(reached.get("begin")).toBe(ROUNDS);
      expect(reached.get("edit")).toBeLessThan(ROUNDS);
      expect((reached.get("rollback") ?? 0) + (reached.get("commit") ?? 0)).toBeGreaterThan(0);
    },
  );
});
