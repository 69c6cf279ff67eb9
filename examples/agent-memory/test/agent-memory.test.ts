import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "example-agent-memory-"));
});
afterEach(() => rmSync(root, { recursive: true }));

it("keeps rows, vectors and files at one, whatever is refused, forgotten or killed", async () => {
  const script = join(import.meta.dirname, "../start.js");
  const env = { ...process.env, TETRA_DIR: root };
  const { stdout } = await promisify(execFile)(process.execPath, [script], { env });
  const [, stored, regretted, contended, forgotten, ...killed] = stdout.split(/^\S.*:$/mu);

  expect(stored).toContain("before the commit a search finds 0");
  expect(stored).toContain('"which bicycle does she ride?" -> Ann rides a red bicycle to work');
  expect(stored).toContain('"when do we deploy?" -> Deployments happen on Thursdays');
  expect(stored).toContain("3 rows, 3 vectors, 3 files: all three agree");

  expect(regretted).toContain(": rolled_back\n  3 rows, 3 vectors, 3 files: all three agree");

  expect(contended).toMatch(
    /WRITE_CONFLICT: (rate-the-coffee\S*): (revise-the-coffee\S*) is changing memories\/coffee too/u,
  );
  expect(contended).toContain("approves: committed\n  the other one again: committed");
  expect(contended).toContain("3 rows, 3 vectors, 3 files: all three agree");

  expect(forgotten).toMatch(/ROLLED_BACK: .* transaction store-and-forget\S* is open on it/u);
  expect(forgotten).toContain("open: 1\n  open for more than an hour, rolled back: 1\n  open: 0");
  expect(forgotten).toContain("3 rows, 3 vectors, 3 files: all three agree");

  const seen = killed
    .slice(0, 6)
    .map((text) => [
      /leaves (.*)/u.exec(text)?.[1],
      /: (committed|rolled_back)$/mu.exec(text)?.[1],
      /(.*): all three agree/u.exec(text)?.[1]?.trim(),
    ]);
  expect(seen).toEqual([
    ["3 rows, 3 vectors, 4 files", "rolled_back", "3 rows, 3 vectors, 3 files"],
    ["3 rows, 3 vectors, 4 files", "rolled_back", "3 rows, 3 vectors, 3 files"],
    ["3 rows, 3 vectors, 4 files", "rolled_back", "3 rows, 3 vectors, 3 files"],
    ["3 rows, 3 vectors, 4 files", "committed", "4 rows, 4 vectors, 4 files"],
    ["5 rows, 4 vectors, 5 files", "committed", "5 rows, 5 vectors, 5 files"],
    ["6 rows, 6 vectors, 6 files", "committed", "6 rows, 6 vectors, 6 files"],
  ]);
  expect(stdout).not.toContain("DISAGREE");
  expect(existsSync(join(root, ".tetra-snapshots"))).toBe(false);
}, 60_000);
