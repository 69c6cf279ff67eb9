import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { played, timeless, written } from "../recorded.js";

const TIMEOUT_MS = 120_000;

let session: string;
let parts: readonly string[];

beforeAll(async () => {
  session = await played();
  parts = session.split(/^# /mu);
}, TIMEOUT_MS);

/** The part of the story under a heading. */
function part(heading: string): string {
  return parts.find((text) => text.startsWith(heading)) ?? "";
}

it("refuses what the policy does not allow", () => {
  expect(part("What the policy")).toContain("Error (FORBIDDEN): tidy: not allowed");
});

it("waits for a person, runs, fails the validation, and undoes", () => {
  const text = part("A release that does not pass");

  expect(text).toMatch(
    /Approval of the plan is missing: ttm saga approve [\s\S]*Approved: deploy-/u,
  );
  expect(text).toMatch(
    /Validation failed:\n +version: passed\n +greeting: failed - .*500 there is no greeting/u,
  );
  expect(text).toMatch(/undone - cancelled by scripted-agent \(agent\): the greeting is gone/u);
  expect(text).toMatch(/200 1\.0\.0\n/u);
});

it("keeps what passes", () => {
  const text = part("A release that does\n");

  expect(text).toMatch(/Validation passed: version, greeting/u);
  expect(text).toMatch(/: committed\n/u);
  expect(text).toMatch(/200 2\.0\.1\n/u);
});

it("is the session that docs/agents.md shows: `pnpm --filter @tetra/example-agent-session run record` writes it", () => {
  expect(timeless(written())).toBe(timeless(session));
});

it("docs/agents.md has a policy that the server takes", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/agents.md"), "utf8");
  const [, policy = ""] = /```json\n(\{\n {2}"\$schema"[\s\S]*?)```/u.exec(page) ?? [];
  const folder = mkdtempSync(join(tmpdir(), "example-agent-policy-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "agents.json"), policy, { mode: 0o600 });
  const { status, stderr } = spawnSync(
    join(import.meta.dirname, "../../../bin/ttm"),
    ["mcp", "--dir", folder, "--policy", join(folder, "agents.json")],
    { input: "", encoding: "utf8" },
  );

  expect(policy).toContain('"allow"');
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
