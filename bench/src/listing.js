import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { nodeFileSystem } from "@tetra/durable-fs";
import { openFolderStore } from "@tetra/ttm-fs";
import {
  begin,
  blankTransaction,
  evolve,
  formatEventLine,
  formatState,
  newEvent,
  seal,
  STANDARD,
  STAGES,
} from "@tetra/tts-core";
import { cli } from "./command-line.js";
import { inFolder, median, millis, report } from "./measure.js";

const run = promisify(execFile);
const MANY = 100_000;
const atMs = 1_769_851_800_000;

/** Writes transactions as our store would have, without waiting for the disk. @param {string} root */
function fill(root) {
  mkdirSync(root, { recursive: true });
  for (let at = 0; at < MANY; at += 1) {
    const stamp = new Date(atMs + at * 1000).toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
    const id = `deploy-service-${at % 97}-${stamp}`;
    const description = `deploy service ${at % 97} to its place`;
    const stage = STAGES[at % STAGES.length] ?? "NEW";
    const events = seal(0, [
      ...begin(id, { description, target: "@staging", agent: "bench", atMs }, STANDARD),
      newEvent("stage_transition", atMs + 1000, { from: "NEW", to: stage }),
    ]);
    const { state, revision } = events.reduce(evolve, blankTransaction(id));
    const folder = join(root, id);
    mkdirSync(folder);
    writeFileSync(
      join(folder, "events.ndjson"),
      events.map((event) => `${formatEventLine(event)}\n`).join(""),
    );
    writeFileSync(join(folder, "state.json"), formatState(state, revision));
  }
}

/** @param {import("@tetra/ttm-fs").FolderStore} store @param {string} prefix */
async function createCost(store, prefix) {
  /** @type {number[]} */ const each = [];
  for (let at = 0; at < 60; at += 1) {
    const id = `${prefix}-${at}-20270101T000000`;
    const events = begin(
      id,
      { description: "one more", target: "@local", agent: "bench", atMs },
      STANDARD,
    );
    each.push(await millis(() => store.create(id, events)));
  }
  return median(each);
}

export async function listing() {
  await inFolder(async (folder) => {
    const root = join(folder, "txns");
    fill(root);
    const store = await openFolderStore({ folder: root, fs: nodeFileSystem() });
    const first = await millis(() => store.list());
    process.stdout.write(
      `     (the index of ${MANY} transactions was made in ${(first / 1000).toFixed(1)} s)\n`,
    );
    await store.list({ stage: "DONE" });
    /** @type {number[]} */ const warm = [];
    for (let round = 0; round < 9; round += 1)
      warm.push(await millis(() => store.list({ stage: "DONE" })));
    const ms = median(warm);
    report({
      name: "list 100,000 by stage, in the library",
      figure: `${ms.toFixed(0)} ms`,
      ratio: ms / 300,
      target: "≤ 1 of 300 ms",
      reached: ms <= 300,
    });

    const script = fileURLToPath(new URL("list-once.js", import.meta.url));
    const { stdout } = await run(process.execPath, [script, root]);
    const megabytes = Number(stdout) / 1024;
    report({
      name: "memory of a process that lists them all",
      figure: `${megabytes.toFixed(0)} MB`,
      ratio: megabytes / 200,
      target: "≤ 1 of 200 MB",
      reached: megabytes <= 200,
    });

    /** @type {number[]} */ const shell = [];
    for (let round = 0; round < 7; round += 1) {
      shell.push(
        await millis(() =>
          run(process.execPath, [cli, "list", "DONE"], {
            env: { ...process.env, TTM_TXNS_DIR: root, TETRA_DIR: folder },
            maxBuffer: 1 << 28,
          }),
        ),
      );
    }
    const cliMs = median(shell);
    report({
      name: "list 100,000 by stage, from the shell",
      figure: `${cliMs.toFixed(0)} ms`,
      ratio: cliMs / 500,
      target: "≤ 1 of 500 ms",
      reached: cliMs <= 500,
    });

    const empty = await openFolderStore({ folder: join(folder, "empty"), fs: nodeFileSystem() });
    await createCost(empty, "warm");
    const few = await createCost(empty, "one");
    const many = await createCost(store, "one");
    report({
      name: "create number 100,001, against one in an empty store",
      figure: `${(many * 1000).toFixed(0)} µs against ${(few * 1000).toFixed(0)} µs`,
      ratio: many / few,
      target: "≤ 1.25",
      reached: many / few <= 1.25,
    });
    await empty.close();
    await store.close();
  });
}
