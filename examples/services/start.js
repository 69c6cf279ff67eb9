// The story: a migration, a web service and a worker come up in order; the web service is killed, then the
// daemon; nothing is lost, and everything goes down in reverse. What is typed is shown behind a $.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const BIN = join(import.meta.dirname, "../../bin");
const PATIENCE_MS = 30_000;
const LOOK_MS = 50;
const file = resolve(process.argv[2] ?? join(import.meta.dirname, "tsm.yaml"));
const [, port] = /port: (\d+)/.exec(readFileSync(file, "utf8")) ?? [];
const kept = process.env["TETRA_DIR"];
const folder = kept ?? mkdtempSync(join(tmpdir(), "example-services-"));

/** @param {string} text */
const say = (text) => process.stdout.write(`${text}\n`);

/** @param {string} program @param {readonly string[]} args */
function run(program, ...args) {
  return spawnSync(join(BIN, program), args, {
    cwd: dirname(file),
    env: { ...process.env, TETRA_DIR: folder },
    encoding: "utf8",
  });
}

/** @param {readonly string[]} args */
function tsm(...args) {
  const { stdout, stderr } = run("tsm", ...args);
  say(`$ tsm ${args.join(" ")}\n${stdout}${stderr}`.trimEnd());
}

/** @param {string} service @returns {{ pid: number, status: string, restarts: number, health: unknown }} */
const info = (service) => JSON.parse(run("tsm", "info", service, "--json").stdout);

/** @param {string} path @param {RequestInit} [options] */
async function ask(path, options) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, options);
  return (await response.text()).trim();
}

/** @param {() => boolean | Promise<boolean>} isSo @param {string} what */
async function until(isSo, what) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`it is not so that ${what}`);
    await sleep(LOOK_MS);
  }
  say(what);
}

try {
  say("# Everything up, in order");
  tsm("up");
  tsm("up");

  say("\n# It works");
  await ask("/orders", { method: "POST" });
  await until(async () => (await ask("/packed")) === "1", "1 order is packed");

  say("\n# The web service is killed");
  const before = info("web").pid;
  process.kill(before, "SIGKILL");
  await until(() => info("web").restarts === 1 && info("web").status === "online", "it is back");
  say(`it is another process: ${info("web").pid !== before}`);

  say("\n# The daemon is killed");
  const { pid } = JSON.parse(run("tetrad", "status", "--json").stdout);
  process.kill(pid, "SIGKILL");
  const through = info("web").pid;
  await ask("/orders", { method: "POST" });
  await until(async () => (await ask("/packed")) === "2", "2 orders are packed");
  tsm("daemon", "start");
  say(`the same process: ${info("web").pid === through}`);

  say("\n# What was known");
  tsm("history", "web");

  say("\n# Down, in reverse");
  tsm("down");
} finally {
  run("tetrad", "stop");
  run("tsm", "delete", "*", "--force");
  rmSync(join(dirname(file), "data"), { recursive: true, force: true });
  if (kept === undefined) rmSync(folder, { recursive: true });
}
