import { existsSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CallingShell, callingShell } from "./calling-shell.ts";

const STAMP = "[0-9]{8}T[0-9]{6}";

function stateOf({ transactions }: CallingShell, id: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(transactions, id, "state.json"), "utf8"));
}

function eventsOf({ transactions }: CallingShell, id: string): readonly Record<string, unknown>[] {
  const text = readFileSync(join(transactions, id, "events.ndjson"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("ttm_init", () => {
  it("makes txns, config and logs, for nobody else to read, and says nothing", async () => {
    const shell = callingShell();

    const answer = await shell.call(["ttm_init"]);

    expect(answer).toEqual({ status: 0, stdout: "", stderr: "" });
    for (const name of ["txns", "config", "logs"]) {
      expect(statSync(join(shell.root, "ttm", name)).mode & 0o777).toBe(0o700);
    }
  });

  it("may be called again", async () => {
    const shell = callingShell();
    await shell.ok("ttm_init");

    expect(await shell.ok("ttm_init")).toBe("");
  });

  it.each([undefined, ""])("refuses TETRA_DIR=%j, whatever else is set", async (TETRA_DIR) => {
    const { call, root } = callingShell();

    const answer = await call(["ttm_init"], { TETRA_DIR, TTM_DIR: join(root, "ttm") });

    expect(answer).toEqual({
      status: 1,
      stdout: "",
      stderr: "❌ Error: TETRA_DIR environment variable not set\n",
    });
  });
});

describe("generate_txn_id", () => {
  it.each([
    ["deploy api v2.1.0", "deploy-api-v2-1-0"],
    ["deploy to @staging", "deploy-to-staging"],
    ["a/b/../c", "a-b-c"],
    ["UPPER_Case", "upper-case"],
    ["  leading spaces", "-leading-spaces"],
    ["trail---", "trail"],
    ["Ünïcode äöü", "-n-code"],
    ["日本語 deploy", "-deploy"],
    ["!!!", ""],
    ["abcdefghijklmnopqrstuvwxyz-1234567890", "abcdefghijklmnopqrstuvwxyz-123"],
    ["abcdefghijklmnopqrstuvwxyz abc def", "abcdefghijklmnopqrstuvwxyz-abc"],
  ])("of %j begins with %j", async (description, slug) => {
    const { call, root } = callingShell();

    const { stdout, status } = await call(["generate_txn_id", description], {
      TETRA_DIR: undefined,
    });

    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${slug}-${STAMP}\n$`));
    expect(existsSync(root)).toBe(false);
  });
});

describe("txn_create", () => {
  it("prints the id and nothing else, without ttm_init", async () => {
    const { call } = callingShell();

    const answer = await call(["txn_create", "deploy api v2.1.0", "@staging", "cron"]);

    expect(answer.stdout).toMatch(new RegExp(`^deploy-api-v2-1-0-${STAMP}\n$`));
    expect(answer).toMatchObject({ status: 0, stderr: "" });
    expect(answer.published).toEqual([["txn.created", answer.stdout.trimEnd(), "NEW"]]);
  });

  it.each([
    [["a b"], "@local", "human"],
    [["a b", ""], "@local", "human"],
    [["a b", "", "cron"], "@local", "cron"],
    [["a b", "@prod", ""], "@prod", "human"],
  ])("%j has target %j and agent %j", async (args, target, agent) => {
    const shell = callingShell();

    const id = await shell.ok("txn_create", ...args);

    expect(stateOf(shell, id)).toMatchObject({ target, agent });
  });

  it("writes the standard's files, keys in their order", async () => {
    const shell = callingShell();

    const id = await shell.ok("txn_create", "deploy api");

    const state = stateOf(shell, id);
    expect(Object.keys(state)).toEqual([
      "txn_id",
      "description",
      "stage",
      "target",
      "iteration",
      "agent",
      "ctx_digest",
      "last_checkpoint",
      "last_error",
      "revision",
    ]);
    expect(state).toMatchObject({ txn_id: id, stage: "NEW", iteration: 1, ctx_digest: null });
    const folder = join(shell.transactions, id);
    for (const name of ["ctx/000_policy.md", "ctx/010_request.md", "build", "artifacts"]) {
      expect(existsSync(join(folder, name))).toBe(true);
    }
    const log = readFileSync(join(folder, "events.ndjson"), "utf8");
    expect(log).toMatch(
      new RegExp(`^{"ts":"[^"]+Z","event":"txn_start","txn_id":"${id}","description":"deploy api"`),
    );
  });

  it("makes each new one active, by a link that stays right when the store moves", async () => {
    const { ok, transactions } = callingShell();
    await ok("txn_create", "first");

    const second = await ok("txn_create", "second");

    expect(await ok("txn_active")).toBe(second);
    expect(readlinkSync(join(transactions, "active"))).toBe(`${second}/`);
  });

  it("gives every one an id of its own, a hundred times a second", async () => {
    const { ok } = callingShell();
    const ids: string[] = [];

    for (let at = 0; at < 100; at += 1) ids.push(await ok("txn_create", "same"));

    expect(new Set(ids).size).toBe(100);
    for (const id of ids) expect(id).toMatch(new RegExp(`^same-${STAMP}(-[0-9]+)?$`));
  });

  it.each([
    ["quotes", `say "hi" \\o/`],
    ["lines", "one\ntwo"],
  ])("keeps %s in a description as they are", async (_what, description) => {
    const shell = callingShell();

    const id = await shell.ok("txn_create", description);

    expect(id).not.toContain("\n");
    expect(stateOf(shell, id)).toMatchObject({ description });
  });
});

describe("txn_update", () => {
  it("merges: keys keep their place, new ones go to the end, the time is now", async () => {
    const shell = callingShell();
    const id = await shell.ok("txn_create", "a b");

    const answer = await shell.call([
      "txn_update",
      id,
      '{"rag_stage": "SELECT", "agent": "claude", "last_checkpoint": "then"}',
    ]);

    expect(answer).toEqual({ status: 0, stdout: "", stderr: "" });
    const state = stateOf(shell, id);
    expect(Object.keys(state).slice(-3)).toEqual(["last_error", "rag_stage", "revision"]);
    expect(state).toMatchObject({ rag_stage: "SELECT", agent: "claude" });
    expect(state["last_checkpoint"]).toMatch(/^[0-9]{4}-.*Z$/);
  });

  it.each(["", "{", "[]", "null", "text"])("refuses %j and changes nothing", async (json) => {
    const shell = callingShell();
    const id = await shell.ok("txn_create", "a b");
    const before = stateOf(shell, id);

    const answer = await shell.call(["txn_update", id, json]);

    expect(answer).toMatchObject({ status: 1, stdout: "" });
    expect(answer.stderr).toMatch(/^Error: update: .*\nHint: /);
    expect(stateOf(shell, id)).toEqual(before);
  });
});

describe("txn_transition", () => {
  it("says from where to where", async () => {
    const { ok, call } = callingShell();
    const id = await ok("txn_create", "a b");

    const answer = await call(["txn_transition", "SELECT"]);

    expect(answer).toEqual({
      status: 0,
      stdout: "Transaction transitioned: NEW → SELECT\n",
      stderr: "",
      published: [["txn.stage_changed", id, "SELECT"]],
    });
  });

  it.each([
    ["skips forward", ["EXECUTE"], "NEW → EXECUTE", 1],
    ["stays", ["EXECUTE", "EXECUTE"], "EXECUTE → EXECUTE", 1],
    ["goes back", ["VALIDATE", "SELECT"], "VALIDATE → SELECT", 2],
    ["fails", ["VALIDATE", "FAIL"], "VALIDATE → FAIL", 1],
  ])("%s", async (_what, stages, told, iteration) => {
    const shell = callingShell();
    const id = await shell.ok("txn_create", "a b");

    const said = [];
    for (const stage of stages) said.push(await shell.ok("txn_transition", stage, id));

    expect(said.at(-1)).toBe(`Transaction transitioned: ${told}`);
    expect(stateOf(shell, id)).toMatchObject({ iteration });
  });

  it("logs a line that the original's filters find", async () => {
    const { ok } = callingShell();
    await ok("txn_create", "a b");

    await ok("txn_transition", "SELECT");

    expect(await ok("txn_events", "", "stage_transition")).toMatch(
      /^{"ts":"[^"]+","event":"stage_transition","from":"NEW","to":"SELECT"/,
    );
  });

  it.each(["BUILD", "execute", ""])("refuses the stage %j", async (stage) => {
    const { ok, call } = callingShell();
    await ok("txn_create", "a b");

    const { status, stdout, stderr } = await call(["txn_transition", stage]);

    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain(`there is no stage "${stage}"`);
  });

  it.each(["txn_commit", "txn_fail"])("leaves nothing that ended with %s", async (end) => {
    const { ok, call } = callingShell();
    await ok("txn_create", "a b");
    await ok(end);

    const { status, stdout, stderr } = await call(["txn_transition", "EXECUTE"]);

    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain("is final");
  });
});

describe("txn_commit", () => {
  it("prints the move and the id; the event comes before the move", async () => {
    const shell = callingShell();
    const id = await shell.ok("txn_create", "a b");

    const answer = await shell.call(["txn_commit"]);

    expect(answer).toEqual({
      status: 0,
      stdout: `Transaction transitioned: NEW → DONE\nTransaction committed: ${id}\n`,
      stderr: "",
      published: [["txn.stage_changed", id, "DONE"]],
    });
    const [, committed, moved] = eventsOf(shell, id);
    expect(committed).toMatchObject({ event: "txn_commit", duration_ms: expect.any(Number) });
    expect(committed?.["duration_ms"]).toBeLessThan(60_000);
    expect(moved).toMatchObject({ event: "stage_transition", from: "NEW", to: "DONE" });
  });

  it("does not make a success of what failed", async () => {
    const shell = callingShell();
    const id = await shell.ok("txn_create", "a b");
    await shell.ok("txn_fail", id, "no");

    const { status, stdout } = await shell.call(["txn_commit", id]);

    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stateOf(shell, id)).toMatchObject({ stage: "FAIL", last_error: "no" });
  });

  it("leaves the transaction active", async () => {
    const { ok } = callingShell();
    const id = await ok("txn_create", "a b");
    await ok("txn_commit");

    expect(await ok("txn_active")).toBe(id);
  });
});

describe("txn_fail", () => {
  it.each([
    [["", "disk full"], "disk full"],
    [[], "Unknown error"],
    [["", ""], "Unknown error"],
  ])("with %j is told on standard error", async (args, message) => {
    const shell = callingShell();
    const id = await shell.ok("txn_create", "a b");

    const answer = await shell.call(["txn_fail", ...args]);

    expect(answer).toEqual({
      status: 0,
      stdout: "Transaction transitioned: NEW → FAIL\n",
      stderr: `Transaction failed: ${id} - ${message}\n`,
      published: [["txn.stage_changed", id, "FAIL"]],
    });
    expect(stateOf(shell, id)).toMatchObject({ stage: "FAIL", last_error: message });
    expect(eventsOf(shell, id)[1]).toMatchObject({ event: "txn_fail", error: message });
  });
});

const ON_AN_ID: readonly (readonly string[])[] = [
  ["txn_dir"],
  ["txn_state"],
  ["txn_status"],
  ["txn_events"],
  ["txn_update", "", "{}"],
  ["txn_transition", "EXECUTE"],
  ["txn_commit"],
  ["txn_fail"],
  ["txn_add_ctx", "/etc/hostname", "host"],
  ["txn_list_ctx"],
  ["init_evidence_vars"],
  ["txn_ctx_digest"],
  ["txn_resolve_tes"],
];

describe("without an id", () => {
  it.each(ON_AN_ID)("%s stops when none is active", async (...line) => {
    const { call } = callingShell();

    expect(await call(line)).toEqual({
      status: 1,
      stdout: "",
      stderr: "Error: No transaction ID provided and no active transaction\n",
    });
  });
});

describe("an id that is none", () => {
  const missing = "gone-20250101T000000";

  it.each([
    ["txn_update", missing, "{}"],
    ["txn_transition", "EXECUTE", missing],
    ["txn_commit", missing],
    ["txn_fail", missing],
    ["txn_add_ctx", "/etc/hostname", "host", missing],
    ["txn_resolve_tes", missing],
    ["txn_commit", "../x"],
    ["txn_transition", "EXECUTE", ".."],
    ["txn_add_ctx", "/etc/hostname", "host", "a/b"],
  ])("%s %s %s %s is refused, and nothing is made", async (...line) => {
    const { ok, call, transactions } = callingShell();
    await ok("txn_create", "a b");

    const { status, stdout, stderr } = await call(line);

    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^Error: .*\nHint: .*\n$/);
    expect(existsSync(join(transactions, missing))).toBe(false);
  });

  it("is no prefix either: the original knew whole ids", async () => {
    const { ok, call } = callingShell();
    await ok("txn_create", "deploy api");

    expect(await call(["txn_commit", "deploy"])).toMatchObject({ status: 1, stdout: "" });
    expect(await ok("txn_state")).toContain('"stage": "NEW"');
  });
});
