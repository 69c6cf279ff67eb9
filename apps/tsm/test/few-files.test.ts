import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { PROGRAM } from "./tsm.ts";

const home = mkdtempSync(join(tmpdir(), "tsm-few-files-"));
afterAll(() => rmSync(home, { recursive: true }));

/** The files of the program that a command loads. */
function loadedBy(...words: readonly string[]): readonly string[] {
  const told = join(home, "loaded");
  const teller = join(home, "teller.cjs");
  const tell = `require("node:fs").writeFileSync(${JSON.stringify(told)}, Object.keys(require.cache).join("\\n"))`;
  writeFileSync(teller, `process.on("exit", () => ${tell})`);
  const env = { ...process.env, TETRA_DIR: home };
  execFileSync(process.execPath, ["--require", teller, PROGRAM, ...words], { env });
  return readFileSync(told, "utf8")
    .split("\n")
    .filter((file) => file.includes("/dist/"));
}

// each file costs half a millisecond, each 100 KB four, and what reads definitions a quarter of a start
it.each([
  { words: ["list"], files: 4, kilobytes: 200 },
  { words: ["start", "--dry-run", "--", "sleep", "1"], files: 8, kilobytes: 240 },
])("$words.0 loads no more than it needs", ({ words, files, kilobytes }) => {
  const loaded = loadedBy(...words);
  const bytes = loaded.reduce((sum, file) => sum + statSync(file).size, 0);

  expect(loaded.length).toBeLessThanOrEqual(files);
  expect(bytes).toBeLessThan(kilobytes * 1024);
});
