import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type CallingShell, callingShell } from "./calling-shell.ts";

const FIXTURES = fileURLToPath(
  new URL("../../../../packages/ttm-fs/test/fixtures/", import.meta.url),
);
const ORIGINAL = join(FIXTURES, "original");
const DEPLOY = "deploy-api-v2-1-0-20251018T143022";
const hasJq = spawnSync("jq", ["--version"]).error === undefined;

/** A shell on a store as the original tools left it. */
function originalShell(): CallingShell {
  const shell = callingShell();
  mkdirSync(join(shell.root, "ttm"), { recursive: true });
  cpSync(ORIGINAL, shell.transactions, { recursive: true });
  symlinkSync(join(shell.transactions, DEPLOY), join(shell.transactions, "active"));
  symlinkSync(
    join(shell.transactions, "say-hi-20251018T150000"),
    join(shell.transactions, DEPLOY, "say-hi-20251018T150000"),
  );
  return shell;
}

/** Runs what the original's functions did on the same store. */
function original({ transactions }: CallingShell, ...line: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync("bash", [join(FIXTURES, "original.sh"), ...line], {
    env: { ...process.env, TTM_TXNS_DIR: transactions },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trimEnd();
}

describe("what the original wrote", () => {
  it("is listed, and the active link of old is followed", async () => {
    const { ok } = originalShell();

    const listed = await ok("txn_list");

    for (const id of readdirSync(ORIGINAL)) expect(listed).toContain(id);
    expect(listed).toContain(`→ ${DEPLOY}`);
    expect(await ok("txn_active")).toBe(DEPLOY);
  });

  it.each([DEPLOY, "log-ahead-20251018T153000", "committed-20251018T155000"])(
    "%s: its state and its log are printed byte for byte",
    async (id) => {
      const { call } = originalShell();
      const stored = (name: string): string => readFileSync(join(ORIGINAL, id, name), "utf8");

      expect((await call(["txn_state", id])).stdout).toBe(stored("state.json"));
      expect((await call(["txn_events", id])).stdout).toBe(stored("events.ndjson"));
    },
  );

  it.each([
    ["say-hi-20251018T150000", "SELECT"],
    ["empty-state-20251018T151000", "EXECUTE"],
    ["no-stage-20251018T152000", ""],
    ["equal-numbers-20251018T154000", "NEW"],
  ])("%s is in %j, says its status", async (id, stage) => {
    const { ok } = originalShell();

    expect(JSON.parse(await ok("txn_state", id))).toMatchObject({ stage });
    expect(await ok("txn_status", id)).toContain(`\nStage: ${stage}\n`);
  });

  it("has evidence with equal numbers, each with a variable; no stray is among it", async () => {
    const { ok, call, transactions } = originalShell();
    const id = "equal-numbers-20251018T154000";

    const { variables } = await call(["init_evidence_vars", id]);

    const path = (name: string): string => join(transactions, id, "ctx", name);
    expect(variables).toMatchObject({
      e1: path("100_folder"),
      e2: path("100_one.txt"),
      e3: path("100_two.txt"),
      e_count: "3",
    });
    expect(await ok("txn_list_ctx")).not.toContain("say-hi");
  });

  it("is carried on to its end, and nothing of it is lost", async () => {
    const { ok, transactions } = originalShell();
    const log = join(transactions, DEPLOY, "events.ndjson");
    const theirs = readFileSync(log, "utf8");

    expect(await ok("txn_transition", "VALIDATE")).toBe(
      "Transaction transitioned: EXECUTE → VALIDATE",
    );
    expect(await ok("txn_add_ctx", join(ORIGINAL, "../original.sh"), "script")).toBe(
      "Added context: 120_script.sh",
    );
    await ok("txn_update", DEPLOY, '{"ticket": "OPS-7"}');
    await ok("txn_commit");

    expect(readFileSync(log, "utf8").startsWith(theirs)).toBe(true);
    expect(
      JSON.parse(readFileSync(join(transactions, DEPLOY, "state.json"), "utf8")),
    ).toMatchObject({
      stage: "DONE",
      flow_type: "rag",
      cursor: { lines: [10, 20] },
      ticket: "OPS-7",
    });
  });

  it("may have ended: that stays", async () => {
    const { call } = originalShell();

    expect((await call(["txn_transition", "EXECUTE", "committed-20251018T155000"])).status).toBe(1);
  });
});

describe.skipIf(!hasJq)("beside the original tools, in turns (needs jq)", () => {
  it("a transaction of ours is carried on by them, and by us again", async () => {
    const shell = originalShell();
    const { ok } = shell;
    const id = await ok("txn_create", "deploy api", "@staging");
    await ok("txn_transition", "SELECT");

    expect(original(shell, "txn_transition", "EXECUTE", id)).toBe(
      "Transaction transitioned: SELECT → EXECUTE",
    );
    original(shell, "txn_update", id, '{"owner": "ops"}');
    original(shell, "txn_add_ctx", join(FIXTURES, "original.sh"), "theirs", id);

    expect(await ok("txn_list_ctx")).toContain("100_theirs.sh");
    expect(await ok("txn_transition", "VALIDATE")).toBe(
      "Transaction transitioned: EXECUTE → VALIDATE",
    );
    expect(original(shell, "txn_events", id, "stage_transition").split("\n")).toHaveLength(3);
    expect(await ok("txn_add_ctx", join(FIXTURES, "original.sh"), "ours")).toBe(
      "Added context: 110_ours.sh",
    );
    expect(JSON.parse(await ok("txn_state"))).toMatchObject({ stage: "VALIDATE", owner: "ops" });
    expect(original(shell, "txn_active")).toBe(id);
  });

  it("one of theirs is committed by us, and they read that", async () => {
    const shell = originalShell();
    const id = original(shell, "txn_create", "theirs");

    await shell.ok("txn_commit", id);

    expect(original(shell, "txn_events", id, "txn_commit")).toContain('"event":"txn_commit"');
  });
});
