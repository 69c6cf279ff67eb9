import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { openFolderStore } from "@tetra/ttm-fs";
import { flowsIn } from "@tetra/rag-adapter";
import { expect, it, onTestFinished } from "vitest";
import { flowFiles } from "../../src/flows/flow-files.ts";

const WORKER = join(import.meta.dirname, "../fixtures/flow-worker.mjs");
const run = promisify(execFile);
const ROUNDS = 12;
const TOGETHER = 6;

interface Place {
  readonly project: string;
  readonly flows: string;
  readonly global: string;
}

function place(): Place {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "flow-processes-")));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const project = join(home, "project");
  const flows = join(project, "rag/flows");
  mkdirSync(flows, { recursive: true });
  writeFileSync(join(project, "a.ts"), "one\ntwo\n");
  return { project, flows, global: join(home, "global") };
}

/** Runs a worker until it has told so many things, then kills it a little later. @returns what it told. */
async function killed(
  { project, global }: Place,
  job: string,
  round: number,
): Promise<readonly string[]> {
  const worker = spawn(process.execPath, [WORKER, project, global, job, `r${round}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let told = "";
  worker.stdout.setEncoding("utf8");
  worker.stdout.on("data", (piece: string) => {
    const before = told;
    told += piece;
    // at another place in its next piece of work each time: a busy wait, since timers are too coarse
    if (before === "") spinMs((round * 7) % 23, () => worker.kill("SIGKILL"));
  });
  await once(worker, "close");
  return told.split("\n").slice(0, -1);
}

function spinMs(ms: number, then: () => void): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
  then();
}

function filesOf(folder: string, prefix = ""): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const name = `${prefix}${entry.name}`;
    if (entry.name === "locks") continue;
    if (entry.isDirectory()) Object.assign(files, filesOf(join(folder, entry.name), `${name}/`));
    else files[name] = readFileSync(join(folder, entry.name), "base64");
  }
  return files;
}

const visible = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => !name.startsWith(".") && name !== "active");

it(`killed ${ROUNDS} times while it promotes, a process leaves every flow whole or not there`, async () => {
  const where = place();
  let promoted = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const told = await killed(where, "promote", round);
    const there = visible(where.global);
    for (const line of told) expect(there).toContain(line.replace("promoted ", ""));
    promoted += told.length;
    for (const id of there) {
      const copy = filesOf(join(where.global, id));
      const { "state.json": _behind, ...expected } = filesOf(join(where.flows, id));
      expect(copy).toMatchObject(expected);
      expect(Object.keys(copy)).toHaveLength(Object.keys(expected).length + 1);
    }
  }
  expect(promoted).toBeGreaterThanOrEqual(ROUNDS);
});

it(`killed ${ROUNDS} times while it completes, a process leaves every flow complete or open`, async () => {
  const where = place();
  for (let round = 0; round < ROUNDS; round += 1) {
    const told = await killed(where, "complete", round);
    const store = await openFolderStore({ folder: where.flows, mode: "read" });
    for (const line of told) {
      const { state } = await store.load(line.replace("completed ", ""));
      expect(state).toMatchObject({ stage: "DONE", outcome: "partial", lessons: ["a"] });
    }
    for (const id of await store.find("")) {
      const { state } = await store.load(id);
      const names = (await store.read(id)).map(({ event }) => event?.event);
      expect([state.stage, state["outcome"]]).toEqual(
        names.includes("flow_complete") ? ["DONE", "partial"] : ["NEW", null],
      );
    }
    await store.close();
  }
});

it(`${TOGETHER} processes at once lose nothing of each other's work on one flow`, async () => {
  const where = place();
  const store = await openFolderStore({ folder: where.flows });
  const clock = { now: () => Date.now(), offsetMinutes: () => 0 };
  const flows = flowsIn({ store, files: flowFiles(), clock, folder: where.flows });
  const { id } = await flows.create({ description: "together" });

  /** All at once. @returns what they told. */
  async function together(job: string): Promise<readonly string[]> {
    const all = Array.from({ length: TOGETHER }, (_, at) =>
      run(process.execPath, [WORKER, where.project, where.global, job, `w${at}`]),
    );
    return (await Promise.all(all)).flatMap(({ stdout }) => stdout.split("\n").slice(0, -1));
  }
  const added = await together("work");
  const ended = await together("end");

  const pieces = await flows.evidence.list(id);
  expect(new Set(added).size).toBe(TOGETHER * 5);
  expect(pieces.map(({ rank }) => rank)).toEqual(added.map((_, at) => 100 + 10 * at));
  const { state } = await store.load(id);
  expect(state).toMatchObject({ stage: "DONE", iteration: 1 + TOGETHER * 5 });
  expect(state["lessons"]).toHaveLength(TOGETHER);
  expect(ended).toEqual([`promoted ${id}`]);
  await store.close();
});
