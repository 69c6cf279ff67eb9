// Kills daemon, shims, command lines and services at random moments, and looks after each round whether all
// is as it should be:
//
//   node rounds.mjs [rounds] [services] [seed]        default: 5 10, and a seed of its own
//
// I1. None is lost: what should run runs, once a daemon lives.
// I2. None is doubled: of each service there is one command, and it is the one that is known.
// I3. Each run has one end in the history; how it ended is known, and is what was done to it, except where
//     its shim was killed (or it never began): then both are null, with the reason. Who is killed between
//     telling the history and meta.json leaves it to be told again, the same: that is counted.
// I4. What ended has left nothing running that stands in the way of the next run.
//
// The seed fixes who is killed when; what meets what then is up to the machine. Services of odd numbers are
// restarted always, even ones never; the third of three exits by itself with a status of its own.

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { childOf, commandLine, kill, readJson, readText } from "./proc.mjs";
import { seededRandom } from "./seeded-random.mjs";

const TSM = fileURLToPath(new URL("../../dist/tsm.cjs", import.meta.url));
const TETRAD = fileURLToPath(new URL("../../../tetrad/dist/tetrad.cjs", import.meta.url));
const [rounds = 5, count = 10, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);

const SPAN_MS = 400;
const REST_MS = 20_000;
const SIGNALS = ["SIGKILL", "SIGTERM", "SIGSEGV", "SIGHUP"];
/** Reasons that may stand where a shim was killed. */
const SHIM_KILLED = new Set([
  "its shim was killed, so nobody saw how it ended",
  "its shim was killed before it ran the command",
]);
const NEVER_RAN = "its start was interrupted before the command ran";

const random = seededRandom(seed);
const below = (limit) => Math.floor(random() * limit);
const one = (list) => list[below(list.length)];

const root = realpathSync(mkdtempSync(join(tmpdir(), "tsm-rounds-")));
const work = join(root, "work");
const runtime = join(root, "run");
mkdirSync(work);
mkdirSync(runtime, { mode: 0o700 });
const env = { ...process.env, TETRA_DIR: root, XDG_RUNTIME_DIR: runtime };
delete env.TETRA_NO_DAEMON;

const services = Array.from({ length: count }, (_, number) => ({
  name: `s${number}`,
  mark: String(7_000_000 + number),
  status: 10 + (number % 100),
  exits: number % 3 === 2,
  isKept: number % 2 === 1,
}));

const tally = {
  rounds: 0,
  daemonKills: 0,
  shimKills: 0,
  commandKills: 0,
  deaths: 0,
  runs: 0,
  known: 0,
  unknown: 0,
  never: 0,
  toldAgain: 0,
};
/** By `name generation`: what was done to a run. */
const killedShims = new Set();
const done = new Map();
/** Services on which a command acted in the same round: who was quicker is not known. */
const contested = new Set();
/** Runs whose end was compared with what was done to them. */
const judgedBefore = new Set();

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    end();
    process.exit(130);
  });
}
console.log(`${rounds} rounds, ${count} services, seed ${seed}`);
const beganMs = Date.now();
const problems = await main();
const seconds = Math.round((Date.now() - beganMs) / 1000);
end();
console.log(
  JSON.stringify({ seed, services: count, ...tally, seconds, problems: problems.length }),
);
if (problems.length === 0) rmSync(root, { recursive: true, force: true });
else console.log(`kept: ${root}; again: node ${process.argv[1]} ${rounds} ${count} ${seed}`);
process.exitCode = problems.length === 0 ? 0 : 1;

async function main() {
  const told = new Set();
  writeFileSync(join(work, "tsm.yaml"), definitions());
  await run(TSM, ["up"]);
  for (let round = 1; round <= rounds; round += 1) {
    contested.clear();
    await Promise.all(plan().map(async ({ atMs, act }) => sleep(atMs).then(act)));
    const found = await rest(told);
    tally.rounds = round;
    // one that stays is told once, and the others are still looked for
    for (const problem of found) {
      if (told.has(problem)) continue;
      told.add(problem);
      console.log(`round ${round}: ${problem}`);
    }
    await bringBack();
  }
  return [...told];
}

function definitions() {
  const lines = services.map(({ name, mark, status, exits, isKept }) => {
    const command = exits ? `sleep ${mark}; exit ${status}` : `sleep ${mark}`;
    const policy = isKept ? "restart: always, backoff: { first: 1ms, max: 20ms }" : 'restart: "no"';
    return `  ${name}: { command: "${command}", ${policy}, stop_timeout: 2s }\n`;
  });
  return `services:\n${lines.join("")}`;
}

/** What happens in a round. */
function plan() {
  const some = (part) => 1 + below(Math.ceil(count * part));
  const moments = (number, act) =>
    Array.from({ length: number }, () => ({ atMs: below(SPAN_MS), act: act() }));
  return [
    ...moments(1 + below(2), () => killDaemon),
    ...moments(below(2), () => () => run(TETRAD, ["start"])),
    ...moments(some(0.1), () => killShimOf(one(services))),
    ...moments(some(0.2), () => endOf(one(services), one(SIGNALS))),
    ...moments(1 + below(3), () =>
      killedCommand(one(["restart", "restart", "stop", "start"]), one(services), below(SPAN_MS)),
    ),
  ];
}

async function killDaemon() {
  const record = readJson(join(root, "tsm/runtime/daemon/tetrad.json"));
  if (record === undefined || !/tetrad\.cjs\0run/.test(commandLine(record.pid))) return;
  if (kill(record.pid, "SIGKILL")) tally.daemonKills += 1;
}

function killShimOf({ name }) {
  return () => {
    const last = lastRun(name);
    if (last?.shim === undefined || !commandLine(last.shim.pid).includes("tsm-shim")) return;
    killedShims.add(`${name} ${last.generation}`); // before: its end may be noted at once
    if (kill(last.shim.pid, "SIGKILL")) tally.shimKills += 1;
  };
}

/** A service dies, by a signal or because its child does. */
function endOf({ name, mark, exits, status }, signal) {
  return () => {
    const last = lastRun(name);
    if (last?.main === undefined || last.hasEnded) return;
    const { pid } = last.main;
    const key = `${name} ${last.generation}`;
    const child = exits ? childOf(pid, `sleep\0${mark}\0`) : undefined;
    const target = child ?? pid;
    if (!commandLine(target).includes(mark)) return;
    const how = child === undefined ? { code: null, signal } : { code: status, signal: null };
    done.set(key, [...(done.get(key) ?? []), how]);
    if (kill(target, signal)) tally.deaths += 1;
  };
}

function killedCommand(command, { name }, afterMs) {
  return async () => {
    contested.add(name);
    const child = spawn(process.execPath, [TSM, command, name], {
      cwd: work,
      env,
      stdio: "ignore",
    });
    await sleep(afterMs);
    if (child.kill("SIGKILL")) tally.commandKills += 1;
  };
}

/** Waits until all is as it should be. @returns what is not */
async function rest(told) {
  const giveUpMs = Date.now() + REST_MS;
  for (;;) {
    await run(TETRAD, ["start"]);
    const found = look();
    if (found.every((problem) => told.has(problem)) || Date.now() > giveUpMs) return found;
    await sleep(100);
  }
}

function look() {
  const { stdout, stderr, status } = spawnSync(process.execPath, [TSM, "--json", "list", "all"], {
    cwd: work,
    env,
    encoding: "utf8",
  });
  if (status !== 0) return [`list: ${status} ${stderr}`];
  const records = new Map(JSON.parse(stdout).services.map((record) => [record.name, record]));
  const table = processes();
  return [
    ...services.flatMap((service) => judge(service, records.get(service.name), table)),
    ...judgeEnds(records),
  ];
}

function judge({ name, mark, exits, isKept }, record, table) {
  if (record === undefined) return [`${name}: is not known any more`];
  const {
    status,
    desired,
    pid,
    exit_code: code,
    exit_signal: signal,
    exit_reason: reason,
  } = record;
  const sleeping = table.filter(({ line }) => line === `sleep\0${mark}\0`);
  const mains = exits
    ? table.filter(({ line }) => line.startsWith("/bin/sh\0-c\0") && line.includes(mark))
    : sleeping;
  const pids = [...mains, ...sleeping].map((each) => each.pid).join(" ");
  const told = `${name} (${status}, wanted ${desired}, pid ${pid}, processes ${pids})`;
  if (status === "online") {
    const isOne = mains.length === 1 && mains[0].pid === pid && sleeping.length === 1; // I2, I4
    return isOne ? [] : [`${told}: not one copy`];
  }
  if (mains.length > 0) return [`${told}: a copy that nobody knows`]; // I2
  if (desired === "stopped") return status === "stopped" || status === "crashed" ? [] : [told];
  if (isKept || status !== "crashed") return [`${told}: should run`]; // I1
  const isKnown = code !== null || signal !== null || reason !== null;
  return isKnown ? [] : [`${told}: ended, nobody says how`];
}

/** I3 */
function judgeEnds(records) {
  const ends = new Map();
  for (const line of readText(join(root, "tsm/runtime/history.ndjson")).split("\n")) {
    if (!line.includes('"event":"ended"')) continue;
    const { name, generation, code, signal, reason } = JSON.parse(line);
    const key = `${name} ${generation}`;
    ends.set(key, [...(ends.get(key) ?? []), { code, signal, reason }]);
  }
  const found = [];
  const totals = { runs: 0, known: 0, unknown: 0, never: 0, toldAgain: 0 };
  for (const [name, { generation, status }] of records) {
    totals.runs += generation;
    const over = status === "online" ? generation - 1 : generation;
    for (let number = 1; number <= over; number += 1) {
      const key = `${name} ${number}`;
      const [first, ...more] = ends.get(key) ?? [];
      if (first === undefined) found.push(`${key}: its end is not in the history`);
      else if (more.some((again) => !isSameEnd(first, again)))
        found.push(`${key}: ended in two ways`);
      else found.push(...judgeEnd(key, first, totals));
      totals.toldAgain += more.length;
    }
  }
  Object.assign(tally, totals);
  return found;
}

function isSameEnd(a, b) {
  return a.code === b.code && a.signal === b.signal && a.reason === b.reason;
}

function judgeEnd(key, { code, signal, reason }, totals) {
  if (code !== null || signal !== null) {
    totals.known += 1;
    const deeds = done.get(key);
    const [name] = key.split(" ");
    if (deeds === undefined || contested.has(name) || judgedBefore.has(key)) return [];
    judgedBefore.add(key);
    const isSo = deeds.some((deed) => deed.code === code && deed.signal === signal);
    return isSo ? [] : [`${key}: ended by ${code ?? signal}, was ${JSON.stringify(deeds)}`];
  }
  if (reason === NEVER_RAN) {
    totals.never += 1;
    return [];
  }
  totals.unknown += 1;
  return killedShims.has(key) && SHIM_KILLED.has(reason) ? [] : [`${key}: unknown end: ${reason}`];
}

async function bringBack() {
  const { stdout } = spawnSync(process.execPath, [TSM, "--json", "list", "all"], {
    cwd: work,
    env,
    encoding: "utf8",
  });
  for (const { name, generation } of JSON.parse(stdout).services) {
    // what a command did in this round is not judged again
    for (let number = 1; contested.has(name) && number <= generation; number += 1)
      judgedBefore.add(`${name} ${number}`);
  }
  const down = JSON.parse(stdout).services.filter(({ status }) => status !== "online");
  if (down.length > 0) await run(TSM, ["restart", ...down.map(({ name }) => name)]);
}

function run(program, args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, ...args], { cwd: work, env, stdio: "ignore" });
    child.once("exit", resolve);
  });
}

/** What the journal says of the run that was begun last. */
function lastRun(name) {
  const notes = readText(join(root, "tsm/runtime/processes", name, "runs/journal"))
    .split("\n")
    .flatMap((line) => {
      try {
        return line.startsWith("{") ? [JSON.parse(line)] : [];
      } catch {
        return [];
      }
    });
  const generation = notes.findLast(({ event }) => event === "begun")?.generation;
  const noted = (event) =>
    notes.find((note) => note.event === event && note.generation === generation);
  return generation === undefined
    ? undefined
    : {
        generation,
        shim: noted("shim"),
        main: noted("started"),
        hasEnded: noted("ended") !== undefined,
      };
}

function processes() {
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    const line = commandLine(entry);
    if (!/700\d{4}/.test(line) || line.includes("tsm-shim")) return [];
    const isOurs = readText(`/proc/${entry}/environ`).split("\0").includes(`TETRA_DIR=${root}`);
    return isOurs ? [{ pid: Number(entry), line }] : [];
  });
}

/** Ends everything that was started here, recognised by its TETRA_DIR. */
function end() {
  for (let left = ours(); left.length > 0; left = ours())
    for (const pid of left) kill(pid, "SIGKILL");
}

function ours() {
  return readdirSync("/proc").flatMap((entry) => {
    const isOne = /^\d+$/.test(entry) && Number(entry) !== process.pid;
    return isOne && readText(`/proc/${entry}/environ`).split("\0").includes(`TETRA_DIR=${root}`)
      ? [Number(entry)]
      : [];
  });
}
