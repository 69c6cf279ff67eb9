// Runs every package's tests through turbo, which builds first and keeps results, and adds up what
// they report. Arguments go to turbo (`--filter=@tetra/tes`, `--force`). Plain JavaScript: it runs
// before anything is built.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { summarize } from "./summary.js";

/** An output of the test task (see turbo.json), so that a kept result brings its report back. */
const REPORT = ".turbo/vitest.json";
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
// the time a test may take says that it hangs, not that the machine is busy
const PATIENCE = ["--testTimeout=90000", "--hookTimeout=90000"];
const FOR_VITEST = [
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${REPORT}`,
  ...PATIENCE,
];

const chosen = process.argv.slice(2);

/**
 * @param {readonly string[]} options
 * @param {import("node:child_process").StdioOptions} stdio
 */
function turbo(options, stdio) {
  const args = ["run", "test", ...options, ...chosen, "--", ...FOR_VITEST];
  return spawnSync("turbo", args, { cwd: ROOT, stdio, encoding: "utf8", maxBuffer: 2 ** 28 });
}

/** The packages that have tests: where they are and what they are called. */
function testedPackages() {
  const { stdout, status } = turbo(["--dry=json"], ["ignore", "pipe", "inherit"]);
  if (status !== 0) process.exit(1);
  /** @type {{ tasks: { task: string, command: string, package: string, directory: string }[] }} */
  const plan = JSON.parse(stdout);
  return plan.tasks
    .filter(({ task, command }) => task === "test" && command !== "<NONEXISTENT>")
    .map(({ package: name, directory }) => ({ name, report: join(ROOT, directory, REPORT) }));
}

/** @param {string} file */
function readReport(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

const packages = testedPackages();
for (const { report } of packages) rmSync(report, { force: true });
const { status } = turbo(["--continue", "--concurrency=100%", "--output-logs=new-only"], "inherit");
const { lines, isFailure } = summarize(
  packages.map(({ name, report }) => ({ name, report: readReport(report) })),
  { requireTools: process.env["TETRA_REQUIRE_TOOLS"] === "1" },
);
process.stdout.write(`\n${lines.join("\n")}\n`);
process.exitCode = isFailure || status !== 0 ? 1 : 0;
