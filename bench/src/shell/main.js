import { spawnSync } from "node:child_process";
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inFolder, median, millis, report } from "../measure.js";

const shellFolder = fileURLToPath(new URL("../../../apps/ttm/dist/shell", import.meta.url));
const script = fileURLToPath(new URL("calls.bash", import.meta.url));
/** Of ten calls each. */
const ROUNDS = 20;

/** Calls of the shell functions, against what scripts call otherwise and against what cannot be had for less. */
export async function shellCalls() {
  if (spawnSync("jq", ["--version"]).error !== undefined) return;
  await inFolder(async (folder) => {
    const times = callTimes(folder);
    const of = (/** @type {string} */ name) => times.get(name) ?? [];
    for (const name of ["active", "state", "transition"]) {
      const jq = median(of("jq"));
      const call = median(of(name));
      const ratios = of("jq").map((time, at) => time / (of(name)[at] ?? Number.NaN));
      report({
        name: `one jq, against txn_${name} in $(...)`,
        figure: `${jq.toFixed(1)} ms against ${call.toFixed(2)} ms`,
        ratio: median(ratios),
        target: "≥ 20",
        reached: median(ratios) >= 20,
      });
    }
    const fork = median(of("fork"));
    for (const name of ["active", "state"]) {
      const call = median(of(name));
      report({
        name: `txn_${name} in $(...), in ms`,
        figure: `an empty $(...) alone takes ${fork.toFixed(2)} ms`,
        ratio: call,
        target: "≤ 1.00",
        reached: call <= 1,
      });
    }
    const flush = await flushTime(folder);
    const transition = median(of("transition"));
    report({
      name: "txn_transition in $(...), against $(...) and fdatasync",
      figure: `${transition.toFixed(2)} ms against ${fork.toFixed(2)} + ${flush.toFixed(2)} ms`,
      ratio: transition / (fork + flush),
      target: "≤ 5.00",
      reached: transition / (fork + flush) <= 5,
    });
  });
}

/**
 * Milliseconds of each call.
 * @param {string} folder
 */
function callTimes(folder) {
  const { stdout, stderr, status } = spawnSync(
    "bash",
    ["--norc", script, shellFolder, String(ROUNDS)],
    { env: { ...process.env, TETRA_DIR: folder, TTM_DIR: "", TTM_TXNS_DIR: "" }, encoding: "utf8" },
  );
  if (status !== 0 || stderr !== "") throw new Error(`${status}: ${stderr}`);
  /** @type {Map<string, number[]>} */
  const times = new Map();
  for (const line of stdout.trimEnd().split("\n")) {
    const [name = "", micros] = line.split(" ");
    times.set(name, [...(times.get(name) ?? []), Number(micros) / 1000]);
  }
  return times;
}

/**
 * Milliseconds of an append of a log line with its flush.
 * @param {string} folder
 */
async function flushTime(folder) {
  const fd = openSync(join(folder, "flushed"), "a");
  const times = [];
  for (let round = 0; round < ROUNDS * 10; round += 1) {
    times.push(
      await millis(() => {
        writeSync(fd, "x".repeat(128));
        fdatasyncSync(fd);
      }),
    );
  }
  closeSync(fd);
  return median(times);
}
