import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inTurn, median, millis } from "../measure.js";
import { cpuMillis, outputOf, privateMegabytes, wakeUps } from "./managers.js";
import { marking, marks } from "./marks.js";

/** @typedef {import("./managers.js").Manager} Manager */

const NODE = [process.execPath, "-e", "0"];

/** @param {readonly string[]} argv */
function floor(argv) {
  return millis(() => spawnSync(argv[0] ?? "", argv.slice(1)));
}

/**
 * How long the list takes, against `node -e 0`.
 * @param {Manager} manager
 */
export function list(manager) {
  return inTurn({
    rounds: 15,
    a: () => millis(() => manager.run(manager.listArgv())),
    b: () => floor(NODE),
  });
}

/**
 * From the command until it has returned and the service runs.
 * @param {Manager} manager
 * @param {{ folder: string, rounds: number }} how
 */
export async function startOne(manager, { folder, rounds }) {
  const seen = marks(join(folder, `one-${manager.name}`));
  /** @type {number[]} */
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const argv = manager.startArgv(marking(`one-${round}`, seen.path));
    times.push(
      await millis(() => {
        manager.run(argv);
        seen.until(round + 1);
      }),
    );
  }
  seen.close();
  return median(times);
}

/**
 * From the command until all services of a file run.
 * @param {Manager} manager
 * @param {{ folder: string, count: number, prefix?: string }} how
 */
export async function startMany(manager, { folder, count, prefix = "many" }) {
  const seen = marks(join(folder, `${prefix}-${manager.name}`));
  const wanted = Array.from({ length: count }, (_, at) => marking(`${prefix}-${at}`, seen.path));
  const argv = manager.startAllArgv(wanted);
  const took = await millis(() => {
    manager.run(argv);
    seen.until(count);
  });
  seen.close();
  return took;
}

/** How many services there are when it is measured what one more costs. */
const SIZES = /** @type {const} */ ([10, 100, 1000]);

/**
 * What starting, stopping and listing cost among few services and among many.
 * @param {Manager} manager
 * @param {{ rounds: number }} how
 */
export async function scaling(manager, { rounds }) {
  const command = ["/bin/sleep", "100000"];
  /** @type {{ size: number, start: number, stop: number, list: number }[]} */
  const found = [];
  /** @type {{ name: string, argv: readonly string[] }[]} */
  const wanted = [];
  for (const size of SIZES) {
    while (wanted.length < size) wanted.push({ name: `of-many-${wanted.length}`, argv: command });
    manager.run(manager.startAllArgv(wanted));
    /** @type {number[]} */ const starts = [];
    /** @type {number[]} */ const stops = [];
    /** @type {number[]} */ const lists = [];
    for (let round = 0; round < rounds; round += 1) {
      // what a node takes to start is in all of them, and is no cost of a service
      const bare = await floor(NODE);
      const name = `beside-${size}-${round}`;
      const start = manager.startArgv({ name, argv: command });
      let told = "";
      starts.push((await millis(() => void (told = manager.run(start)))) - bare);
      // by its whole name: what is only a part of one is looked for among all
      const [, whole = name] = /Started: (\S+)/.exec(told) ?? [];
      stops.push((await millis(() => manager.run(manager.stopArgv(whole)))) - bare);
      lists.push((await millis(() => manager.run(manager.listArgv()))) - bare);
    }
    found.push({ size, start: median(starts), stop: median(stops), list: median(lists) });
  }
  return found;
}

/**
 * Twenty commands at the same moment, each starting another service, until all run.
 * @param {Manager} manager
 * @param {{ folder: string }} how
 */
export async function startAtOnce(manager, { folder }) {
  const count = 20;
  const seen = marks(join(folder, `twenty-${manager.name}`));
  const commands = Array.from({ length: count }, (_, at) =>
    manager.startArgv(marking(`twenty-${at}`, seen.path)),
  );
  const took = await millis(async () => {
    const statuses = await Promise.all(commands.map((argv) => manager.runLater(argv)));
    if (statuses.some((status) => status !== 0))
      throw new Error(`${manager.name}: ${statuses.join(" ")}`);
    seen.until(count);
  });
  seen.close();
  return took;
}

/**
 * From the death of a service until its next run has begun.
 * @param {Manager} manager
 * @param {{ folder: string, rounds: number, beforeAll?: () => Promise<void> }} how
 */
export async function deathToRunning(manager, { folder, rounds, beforeAll }) {
  const seen = marks(
    join(folder, `dying-${manager.name}-${beforeAll === undefined ? "own" : "adopted"}`),
  );
  const name = beforeAll === undefined ? "dying" : "dying-adopted";
  manager.run(manager.startArgv(marking(name, seen.path)));
  seen.until(1);
  await beforeAll?.();
  /** @type {number[]} */
  const times = [];
  for (let round = 1; round <= rounds; round += 1) {
    await sleep(1200); // long enough for every manager to take it for started
    const pid = Number(seen.lines().at(-1));
    times.push(
      await millis(() => {
        process.kill(pid, "SIGKILL");
        seen.until(round + 1);
      }),
    );
  }
  seen.close();
  manager.run(manager.stopArgv(name));
  return median(times);
}

/** Written by a service, one by one. */
export const LINES = 1_000_000;
const LINE = 100;
const writing = `$l = ("x" x ${LINE - 1}) . "\\n"; syswrite(STDOUT, $l) for 1..${LINES}`;

/** Seconds that it takes to a plain file. @param {string} folder */
export async function plainRedirect(folder) {
  const command = `perl -e '${writing}' >>'${join(mkdtempSync(join(folder, "plain-")), "out")}'`;
  return millis(() => spawnSync("/bin/sh", ["-c", command]));
}

/**
 * A service that waits for a file, writes its lines, and marks that it has.
 * @param {string} folder
 */
function writer(folder) {
  mkdirSync(folder, { recursive: true });
  const parts = {
    go: join(folder, "go"),
    done: join(folder, "done"),
    begun: join(folder, "begun"),
  };
  const code = [
    `open(my $b, ">>", "${parts.begun}"); print $b "$$\\n"; close $b;`,
    `select(undef, undef, undef, 0.001) until -e "${parts.go}";`,
    `${writing};`,
    `open(my $d, ">>", "${parts.done}"); print $d "$$\\n"; close $d; sleep 100000;`,
  ].join(" ");
  return { argv: ["/usr/bin/perl", "-e", code], ...parts };
}

/**
 * Lets a service write, and measures it and the manager's daemon.
 * @param {Manager} manager
 * @param {{ folder: string, name: string, follow?: readonly string[] }} how
 */
export async function writeLines(manager, { folder, name, follow }) {
  const parts = writer(join(folder, `${name}-${manager.name}`));
  const begun = marks(parts.begun);
  const done = marks(parts.done);
  manager.run(manager.startArgv({ name, argv: parts.argv }));
  begun.until(1);
  const follower = follow === undefined ? undefined : startFollowing(manager, follow);
  await follower?.ready;
  const daemons = manager.daemonPids();
  const cpu = () => daemons.reduce((sum, pid) => sum + cpuMillis(pid), 0);
  const before = cpu();
  const path = outputOf(Number(begun.lines()[0]));
  const took = await millis(async () => {
    writeFileSync(parts.go, "");
    await done.calmlyUntil(1);
  });
  begun.close();
  done.close();
  // what passes through a pipe is still on its way
  if (follower === undefined) await sleep(1000);
  const daemonCpu = cpu() - before;
  const followed = await follower?.lines(LINES);
  manager.run(manager.stopArgv(name));
  return { took, daemonCpu, followed, path };
}

/**
 * How many lines a command prints.
 * @param {Manager} manager
 * @param {readonly string[]} argv
 */
export async function countLines({ environment: env }, [command = "", ...args]) {
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const counted = counter(child.stdout);
  await once(child, "close");
  return counted();
}

/** @param {import("node:stream").Readable} stream */
function counter(stream) {
  let count = 0;
  stream.on("data", (/** @type {Buffer} */ bytes) => {
    for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count += 1;
  });
  return () => count;
}

/**
 * @param {Manager} manager
 * @param {readonly string[]} argv
 */
function startFollowing({ environment: env }, [command = "", ...args]) {
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  const counted = counter(child.stdout);
  return {
    ready: sleep(1000),
    /** @param {number} wanted */
    async lines(wanted) {
      for (let round = 0; counted() < wanted && round < 100; round += 1) await sleep(100);
      child.kill("SIGINT");
      await closed;
      return counted();
    },
  };
}

/** @param {Manager} manager */
export function memory(manager) {
  const pids = [...manager.daemonPids(), ...manager.shimPids()];
  return pids.reduce((sum, pid) => sum + privateMegabytes(pid), 0);
}

/**
 * What the daemon does while nothing happens.
 * @param {Manager} manager
 */
export async function idle(manager, seconds = 30) {
  const daemons = manager.daemonPids();
  const sum = (/** @type {(pid: number) => number} */ of) =>
    daemons.reduce((all, pid) => all + of(pid), 0);
  const [wakes, cpu] = [sum(wakeUps), sum(cpuMillis)];
  await sleep(seconds * 1000);
  return { wakesPerSecond: (sum(wakeUps) - wakes) / seconds, cpuMs: sum(cpuMillis) - cpu };
}
