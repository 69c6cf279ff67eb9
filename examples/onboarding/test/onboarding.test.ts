import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "example-onboarding-"));
});
afterEach(() => rmSync(root, { recursive: true }));

it("leaves nothing of a failed onboarding, all of a good one, and each step once after a kill", async () => {
  const script = join(import.meta.dirname, "../start.js");
  const env = { ...process.env, TETRA_DIR: root };
  const { stdout } = await promisify(execFile)(process.execPath, [script], { env });
  const [, down = "", up = "", died = ""] = stdout.split(/^The mail.*:$|^A process.*:$/mu);

  expect(down).toContain("rolled_back");
  expect(down).toContain("because of welcome: SMTP server unavailable");
  expect(down).toContain("undone: user, quota");
  expect(down).toContain("users: {}\n  quotas: {}\n  mails: {}");

  expect(up).toContain("committed");
  expect(up).toContain("done: user, quota, welcome");
  expect(up).toContain('mails: {"grace@example.org":');

  expect(died).toContain("committed");
  expect(died).toContain('"edsger@example.org":');
  expect(died).toContain('"edsger":{"user":"edsger","gigabytes":5}');
});
