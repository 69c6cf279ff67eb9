import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inFolder, median, millis, report } from "../measure.js";
import {
  countLines,
  deathToRunning,
  idle,
  LINES,
  list,
  memory,
  plainRedirect,
  scaling,
  startAtOnce,
  startMany,
  startOne,
  writeLines,
} from "./figures.js";
import { hasSupervisord, pm2, supervisord, tsm } from "./managers.js";
import { HIDINGS, killTheDaemon, stopThemAll } from "./survival.js";

/** @typedef {import("./managers.js").Manager} Manager */

const MANY = 100;

/** Tetra's service manager beside pm2 and supervisord, each with a daemon and services of its own, in one run. */
export async function services() {
  await inFolder(async (folder) => {
    const makers = hasSupervisord ? [tsm, pm2, supervisord] : [tsm, pm2];
    if (!hasSupervisord) process.stdout.write("supervisord is not installed: left out\n");
    /** @type {Map<string, Figures>} */
    const figures = new Map();
    for (const make of makers) {
      const own = join(folder, make.name);
      spawnSync("mkdir", ["-m", "700", own]);
      figures.set(make.name, await measure(make(own), own));
    }
    const plainMs = median([
      await plainRedirect(folder),
      await plainRedirect(folder),
      await plainRedirect(folder),
    ]);
    compare(figures, plainMs);
    const own = join(folder, "scaling");
    spawnSync("mkdir", ["-m", "700", own]);
    await scale(tsm(own));
  });
}

/**
 * What one more costs among few and among many.
 * @param {Manager} manager
 */
async function scale(manager) {
  manager.startDaemon();
  try {
    const sizes = await scaling(manager, { rounds: 9 });
    const [few, many] = [sizes[0], sizes.at(-1)];
    const [, middle] = sizes;
    if (few === undefined || middle === undefined || many === undefined) throw new Error("none");
    const at = `at ${sizes.map(({ size }) => size).join(", ")}`;
    /** @param {{ name: string, ratio: number, values: readonly number[] }} row */
    const row = ({ name, ratio, values }) => {
      const figure = `${values.map((ms) => shown(ms)).join(", ")} more than node -e 0 ${at}`;
      report({ name, figure, ratio, target: "≤ 1.25", reached: ratio <= 1.25 });
    };
    for (const what of /** @type {const} */ (["start", "stop"])) {
      const values = sizes.map((size) => size[what]);
      const name = `${what} of one among ${many.size} services, against ${few.size}`;
      row({ name, ratio: many[what] / few[what], values });
    }
    row({
      name: `list, for each of ${many.size} services, against each of ${middle.size}`,
      ratio: many.list / many.size / (middle.list / middle.size),
      values: sizes.map(({ list: ms }) => ms),
    });
  } finally {
    manager.stopDaemon();
  }
}

/** What lives and what is known after the daemon was killed, and what is left after a stop. */
export async function survival() {
  await inFolder(async (folder) => {
    /** @type {Record<string, Record<string, unknown>>} */
    const table = {};
    for (const make of hasSupervisord ? [tsm, pm2, supervisord] : [tsm, pm2]) {
      const [first, second] = ["killed", "stopped"].map((name) =>
        join(folder, `${make.name}-${name}`),
      );
      spawnSync("mkdir", ["-m", "700", first ?? "", second ?? ""]);
      const killed = await killTheDaemon(make(first ?? ""), first ?? "");
      const left = await stopThemAll(make(second ?? ""));
      table[make.name] = { ...killed, [`left: ${HIDINGS.join("/")}`]: left.join("/") };
    }
    const rows = Object.entries(table).flatMap(([name, row]) =>
      Object.entries(row).map(
        ([what, value]) => `${name.padEnd(12)} ${what.padEnd(50)} ${String(value)}`,
      ),
    );
    process.stdout.write(`${rows.join("\n")}\n`);
  });
}

/** @typedef {Awaited<ReturnType<typeof measure>>} Figures */

/**
 * @param {Manager} manager
 * @param {string} folder
 */
async function measure(manager, folder) {
  manager.startDaemon();
  try {
    const one = await startOne(manager, { folder, rounds: 9 });
    const dying = await deathToRunning(manager, { folder, rounds: 15 });
    const adopted = manager.adopts
      ? await deathToRunning(manager, { folder, rounds: 9, beforeAll: () => killDaemon(manager) })
      : undefined;
    manager.run(manager.stopAllArgv());
    const written = await writeLines(manager, { folder, name: "writer" });
    manager.run(manager.stopAllArgv());
    const followed = await writeFollowed(manager, folder);
    const twenty = await startAtOnce(manager, { folder });
    manager.run(manager.stopAllArgv());
    const memoryOfFew = memory(manager);
    const many = await startMany(manager, { folder, count: MANY });
    await sleep(3000);
    const memoryOfMany = memory(manager);
    const idling = await idle(manager);
    const listed = await list(manager);
    const stopMany = await millis(() => manager.run(manager.stopAllArgv()));
    return {
      one,
      dying,
      followed,
      adopted,
      written,
      twenty,
      memoryOfFew,
      memoryOfMany,
      many,
      idling,
      listed,
      stopMany,
    };
  } finally {
    manager.stopDaemon();
  }
}

/**
 * Rotation is on by default: 100 MB make about ten segments.
 * @param {Manager} manager
 * @param {string} folder
 */
async function writeFollowed(manager, folder) {
  const { followArgv, everythingArgv } = manager;
  if (followArgv === undefined || everythingArgv === undefined) return undefined;
  const name = "followed";
  const written = await writeLines(manager, { folder, name, follow: followArgv(name) });
  return { ...written, kept: await countLines(manager, everythingArgv(name)) };
}

/**
 * The daemon dies, and another takes over what runs.
 * @param {Manager} manager
 */
async function killDaemon(manager) {
  for (const pid of manager.daemonPids()) process.kill(pid, "SIGKILL");
  await sleep(500);
  manager.startDaemon();
  await sleep(1500);
}

/** @param {number} ms */
const shown = (ms) => `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;

/**
 * @param {ReadonlyMap<string, Figures>} figures
 * @param {number} plainMs
 */
function compare(figures, plainMs) {
  const ours = figures.get("tsm");
  const theirs = figures.get("pm2");
  if (ours === undefined || theirs === undefined) throw new Error("not measured");
  /** @param {(figures: Figures) => number} of */
  const each = (of) => [...figures].map(([name, one]) => `${name} ${shown(of(one))}`).join(", ");
  /** @param {{ name: string, of: (figures: Figures) => number, most: number }} row */
  const against = ({ name, of, most }) => {
    const ratio = of(ours) / of(theirs);
    report({
      name: `${name}, against pm2`,
      figure: each(of),
      ratio,
      target: `≤ ${most.toFixed(2)}`,
      reached: ratio <= most,
    });
  };
  /** @param {{ name: string, value: number, most: number, unit: string, figure?: string }} row */
  const atMost = ({ name, value, most, unit, figure = "" }) => {
    report({ name, figure, ratio: value, target: `≤ ${most} ${unit}`, reached: value <= most });
  };
  atMost({
    name: `list of ${MANY} services, against node -e 0`,
    value: ours.listed.ratio,
    most: 1.4,
    unit: "times",
    figure: [...figures]
      .map(([name, { listed }]) => `${name} ${listed.ratio.toFixed(2)}`)
      .join(", "),
  });
  against({ name: `list of ${MANY} services`, of: ({ listed }) => listed.a, most: 0.5 });
  against({ name: "start of one, until it runs", of: ({ one }) => one, most: 0.6 });
  against({
    name: `start of ${MANY} from one file, until all run`,
    of: ({ many }) => many,
    most: 0.6,
  });
  against({ name: "20 commands that start at once", of: ({ twenty }) => twenty, most: 0.4 });
  against({ name: "from death to running", of: ({ dying }) => dying, most: 0.8 });
  atMost({ name: "from death to running", value: ours.dying, most: 5, unit: "ms" });
  atMost({
    name: "the same, adopted from a dead daemon",
    value: ours.adopted ?? Number.NaN,
    most: 10,
    unit: "ms",
  });
  const speed = plainMs / ours.written.took;
  report({
    name: `${LINES} lines of 100 bytes, speed against a plain redirect`,
    figure: [...figures]
      .map(([name, { written }]) => `${name} ${(plainMs / written.took).toFixed(2)}`)
      .join(", "),
    ratio: speed,
    target: "≥ 0.95",
    reached: speed >= 0.95,
  });
  against({
    name: "the daemon's CPU time for them",
    of: ({ written }) => written.daemonCpu,
    most: 0.01,
  });
  if (ours.followed !== undefined) {
    const followedSpeed = plainMs / ours.followed.took;
    report({
      name: "the same, rotated and followed",
      figure: `${ours.followed.followed} lines followed, ${ours.followed.kept} kept`,
      ratio: followedSpeed,
      target: "≥ 0.90",
      reached:
        followedSpeed >= 0.9 && ours.followed.followed === LINES && ours.followed.kept === LINES,
    });
  }
  atMost({
    name: `private memory with ${MANY} services`,
    value: ours.memoryOfMany,
    most: 14 + 0.15 * MANY,
    unit: "MB",
    figure: [...figures]
      .map(
        ([name, one]) =>
          `${name} ${one.memoryOfFew.toFixed(1)} with none, ${one.memoryOfMany.toFixed(1)}`,
      )
      .join("; "),
  });
  atMost({
    name: `wake-ups a second at idle with ${MANY} services`,
    value: ours.idling.wakesPerSecond,
    most: 2,
    unit: "",
    figure: [...figures]
      .map(
        ([name, { idling }]) =>
          `${name} ${idling.wakesPerSecond.toFixed(2)}, ${idling.cpuMs} ms CPU in 30 s`,
      )
      .join("; "),
  });
}
