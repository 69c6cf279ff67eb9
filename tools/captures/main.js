// Photographs `tsm list`, `tsm monit` and a failed start: docs/captures/*.svg, and *.txt of the same pages.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { readAnsi } from "./ansi.js";
import { renderSvg } from "./svg.js";
import { openTerminal } from "./terminal.js";

const ROOT = join(import.meta.dirname, "../..");
const OUT = join(ROOT, "docs/captures");
const SIZE = { columns: 100, rows: 34 };
/** So much of a life that the charts have a shape. */
const WATCHED_MS = 40_000;

const place = mkdtempSync(join(tmpdir(), "captures-"));
const home = join(place, "you");
mkdirSync(home);
const env = {
  PATH: `${join(ROOT, "bin")}:${process.env["PATH"] ?? ""}`,
  HOME: home,
  TETRA_DIR: join(home, ".tetra"),
  LC_ALL: "C.UTF-8",
  TERM: "xterm-256color",
};
for (const name of ["server.js", "worker.js", "tsm.yaml"]) {
  writeFileSync(join(home, name), readFileSync(join(import.meta.dirname, "shown", name)));
}

const terminal = openTerminal({ folder: place, ...SIZE, env });
try {
  run("tsm", "up");
  run(
    "tsm",
    "start",
    "--name",
    "docs",
    "--port",
    "4172",
    "--",
    "python3",
    "-m",
    "http.server",
    "4172",
    "--bind",
    "127.0.0.1",
  );
  run("tsm", "stop", "docs");

  terminal.type("tsm list all");
  save("list", "tsm list all", await terminal.page(/worker.*online[^]*\n\$/));

  terminal.type("tsm start --name second --port 4170 node server.js");
  save("failed-start", "a start that fails", await terminal.page(/EADDRINUSE[^]*\n\$/));
  run("tsm", "delete", "second");

  terminal.type("tsm monit");
  await terminal.page(/worker/);
  for (let presses = 0; presses < 3; presses += 1) terminal.press("Down"); // the last one: the worker
  const requests = setInterval(() => void fetch("http://127.0.0.1:4170/cart").catch(() => {}), 50);
  await sleep(WATCHED_MS);
  clearInterval(requests);
  save("monit", "tsm monit", await terminal.page(/LOG worker[^]*worked off/));
  terminal.press("q");
} finally {
  terminal.close();
  spawnSync("tetrad", ["stop"], { env });
  spawnSync("tsm", ["delete", "*", "--force"], { env });
  rmSync(place, { recursive: true });
}

/** @param {string[]} argv */
function run(...argv) {
  const [program = "", ...args] = argv;
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: home, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`${argv.join(" ")}: status ${status}\n${stdout}${stderr}`);
}

/**
 * @param {string} name
 * @param {string} title
 * @param {string} page
 */
function save(name, title, page) {
  // the prompt that waits for the next command is no part of it
  const shown = page.replaceAll(home, "/home/you").replace(/\n\S*\$ *$/, "");
  mkdirSync(OUT, { recursive: true });
  const svg = renderSvg(readAnsi(shown), { columns: SIZE.columns, title });
  writeFileSync(join(OUT, `${name}.svg`), svg);
  writeFileSync(join(OUT, `${name}.txt`), `${stripVTControlCharacters(shown)}\n`);
}
