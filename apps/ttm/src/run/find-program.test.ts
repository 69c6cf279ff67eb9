import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { whyNotStarted } from "./find-program.ts";

/** A folder with `bin/good`, `data/good` that is no program, `bin/plain`, and a folder `bin/folder`. */
function place(): string {
  const root = mkdtempSync(join(tmpdir(), "find-program-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const folder of ["bin", "data", "bin/folder"]) mkdirSync(join(root, folder));
  writeFileSync(join(root, "bin/good"), "", { mode: 0o755 });
  writeFileSync(join(root, "bin/plain"), "", { mode: 0o644 });
  writeFileSync(join(root, "data/good"), "", { mode: 0o644 });
  return root;
}

it.each([
  ["good", "bin", undefined],
  ["good", "data:bin", undefined],
  ["good", "data", "EACCES"],
  ["plain", "bin", "EACCES"],
  ["folder", "bin", "EACCES"],
  ["nothing", "bin", "ENOENT"],
  ["", "bin", "ENOENT"],
  ["bin/good", "", undefined],
  ["./good", "bin", "ENOENT"],
  ["good", "missing:bin", undefined],
])("looks for %j in PATH=%s: %s", (command, path, why) => {
  expect(whyNotStarted(command, { env: { PATH: path }, cwd: place() })).toBe(why);
});

it("looks where the system does when there is no PATH", () => {
  expect(whyNotStarted("sh", { env: {}, cwd: "/" })).toBeUndefined();
});
