import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isRunning, processesThat } from "./managers.js";
import { marks } from "./marks.js";

/** @typedef {import("./managers.js").Manager} Manager */

/** What the dead one's exit status is. */
const STATUS = 7;
/** Long enough for a service that prints to notice that nobody reads. */
const WITHOUT_DAEMON_MS = 1500;
/** Long enough for a daemon to start what it believes is missing. */
const SETTLED_MS = 3000;

/**
 * Services that mark themselves as running: one that prints all the time, three silent ones, one that ends when it
 * is told to.
 * @param {string} mark
 * @param {string} go
 */
function cast(mark, go) {
  const note = `open(my $m, ">>", "${mark}"); syswrite($m, "$ENV{WHO} $$\\n"); close $m;`;
  /** @param {string} name @param {string} rest */
  const service = (name, rest) => ({
    name,
    argv: ["/usr/bin/env", `WHO=${name}`, "/usr/bin/perl", "-e", `${note} ${rest}`],
  });
  const forEver = "sleep 100000;";
  return [
    service("printing", "$| = 1; select(undef, undef, undef, 0.02) while print qq(line\\n);"),
    ...["silent-1", "silent-2", "silent-3"].map((name) => service(name, forEver)),
    service("ending", `select(undef, undef, undef, 0.02) until unlink "${go}"; exit(${STATUS});`),
  ];
}

/**
 * Kills the daemon, lets one service end meanwhile, starts the daemon again, and looks.
 * @param {Manager} manager
 * @param {string} folder
 */
export async function killTheDaemon(manager, folder) {
  const go = join(folder, "go");
  const seen = marks(join(folder, `cast-${manager.name}`));
  const wanted = cast(seen.path, go);
  manager.startDaemon();
  try {
    manager.run(manager.startAllArgv(wanted));
    seen.until(wanted.length);
    manager.saveForLater();
    const firstPids = new Map(seen.lines().map((line) => pairOf(line)));
    for (const pid of manager.daemonPids()) process.kill(pid, "SIGKILL");
    await sleep(WITHOUT_DAEMON_MS);
    const lives = (/** @type {string} */ name) => isRunning(firstPids.get(name) ?? 0);
    const without = {
      printing: lives("printing"),
      silent: ["silent-1", "silent-2", "silent-3"].filter(lives).length,
    };
    writeFileSync(go, "");
    await sleep(SETTLED_MS / 3);
    manager.startDaemon();
    await sleep(SETTLED_MS);
    const silentNow = seen
      .lines()
      .map(pairOf)
      .filter(([name, pid]) => name.startsWith("silent") && isRunning(pid));
    const kept = silentNow.filter(([name, pid]) => firstPids.get(name) === pid).length;
    return {
      printingLived: without.printing,
      silentLived: without.silent,
      silentKept: kept,
      secondCopies: silentNow.length - new Set(silentNow.map(([name]) => name)).size,
      exitKnown: manager.exitStatusOf("ending") === STATUS,
    };
  } finally {
    seen.close();
    manager.stopDaemon();
    for (const pid of leftOf(seen.path)) process.kill(pid, "SIGKILL");
  }
}

/** @param {string} line @returns {[string, number]} */
function pairOf(line) {
  const [name = "", pid] = line.split(" ");
  return [name, Number(pid)];
}

/**
 * The processes that were started with a word in their command line.
 * @param {string} word
 */
function leftOf(word) {
  return processesThat(
    ({ pid, argv }) => pid !== process.pid && argv.some((one) => one.includes(word)),
  ).filter(isRunning);
}

/** How services hide what they start, and how many processes each is. */
const HIDING = {
  children: "sleep 99991 & sleep 99991 & wait",
  wrapper: "sh -c 'trap : TERM; sleep 99992 & wait; wait'; true",
  setsid: "setsid sleep 99993 & setsid sleep 99993 & wait",
  "double fork": "(setsid sh -c 'sleep 99994 & sleep 99994 &' &); exec sleep 99994",
};

/**
 * What is left of such services after they were stopped.
 * @param {Manager} manager
 */
export async function stopThemAll(manager) {
  manager.startDaemon();
  try {
    const wanted = Object.entries(HIDING).map(([name, text]) => ({
      name: name.replace(" ", "-"),
      argv: ["/bin/sh", "-c", text],
    }));
    manager.run(manager.startAllArgv(wanted));
    await sleep(1000);
    for (const { name } of wanted) manager.run(manager.stopArgv(name));
    await sleep(500);
    return Object.values(HIDING).map((_text, at) => sleepersOf(99_991 + at).length);
  } finally {
    manager.stopDaemon();
    for (let at = 0; at < Object.keys(HIDING).length; at += 1) {
      for (const pid of sleepersOf(99_991 + at)) process.kill(pid, "SIGKILL");
    }
  }
}

/** @param {number} seconds */
function sleepersOf(seconds) {
  return processesThat(({ argv }) => argv[0] === "sleep" && argv[1] === String(seconds)).filter(
    isRunning,
  );
}

/** Which hidings `stopThemAll` tells of, in its order. */
export const HIDINGS = Object.keys(HIDING);
