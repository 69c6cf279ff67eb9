import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/**
 * Milliseconds that something takes.
 * @param {() => unknown} run
 */
export async function millis(run) {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/**
 * Runs two things in turn, so that both meet the same machine, and returns the medians.
 * @param {{ rounds: number, warmUp?: number, a: () => Promise<number>, b: () => Promise<number> }} pair
 */
export async function inTurn({ rounds, warmUp = 1, a, b }) {
  for (let round = 0; round < warmUp; round += 1) {
    await a();
    await b();
  }
  /** @type {number[]} */ const left = [];
  /** @type {number[]} */ const right = [];
  /** @type {number[]} */ const ratios = [];
  for (let round = 0; round < rounds; round += 1) {
    const first = await a();
    const second = await b();
    left.push(first);
    right.push(second);
    ratios.push(first / second);
  }
  return { a: median(left), b: median(right), ratio: median(ratios) };
}

/** @type {string[]} */
const used = [];

/**
 * A folder of its own. It is removed by `removeFolders`, not at once: for minutes ext4 looks past inodes that
 * were freed lately, one by one, so that removing many files makes whoever creates some next look slow.
 * @template T
 * @param {(folder: string) => Promise<T>} run
 */
export async function inFolder(run) {
  const folder = mkdtempSync(join(process.env["TETRA_BENCH_DIR"] ?? tmpdir(), "tetra-bench-"));
  used.push(folder);
  return run(folder);
}

/** Removes what was measured in. */
export function removeFolders() {
  for (const folder of used.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/**
 * One line of the table.
 * @param {{ name: string, figure: string, ratio: number, target: string, reached: boolean }} row
 */
export function report({ name, figure, ratio, target, reached }) {
  const mark = reached ? "ok  " : "MISS";
  process.stdout.write(
    `${mark} ${name.padEnd(58)} ${ratio.toFixed(2).padStart(7)} (${target})  ${figure}\n`,
  );
}

/**
 * Does something `count` times, `width` times at any moment.
 * @param {() => Promise<unknown>} run
 * @param {{ count: number, width?: number }} how
 */
export async function many(run, { count, width = 1 }) {
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await run();
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}
