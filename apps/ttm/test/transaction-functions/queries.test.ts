import { mkdirSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CallingShell, callingShell } from "./calling-shell.ts";

const RULE = "─".repeat(56);

async function withTransaction(): Promise<CallingShell & { id: string; folder: string }> {
  const shell = callingShell();
  const id = await shell.ok("txn_create", "deploy api", "@staging", "cron");
  return { ...shell, id, folder: join(shell.transactions, id) };
}

describe("txn_active", () => {
  it("prints nothing when there is no data yet", async () => {
    expect(await callingShell().call(["txn_active"])).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
  });

  it.each([
    ["relative", (id: string) => `${id}/`],
    ["absolute, as the original wrote it", (id: string) => `/elsewhere/txns/${id}`],
    ["dangling", () => "gone-20250101T000000/"],
  ])("reads a link that is %s", async (_what, target) => {
    const { ok, transactions, id } = await withTransaction();
    unlinkSync(join(transactions, "active"));
    symlinkSync(target(id), join(transactions, "active"));

    expect(await ok("txn_active")).toBe(target(id).replace(/\/$/, "").split("/").at(-1));
  });

  it.each(["/", "..", ".hidden"])("takes a link to %j for none", async (target) => {
    const { ok, transactions } = await withTransaction();
    unlinkSync(join(transactions, "active"));
    symlinkSync(target, join(transactions, "active"));

    expect(await ok("txn_active")).toBe("");
  });

  it("takes a file in its place for none", async () => {
    const { ok, transactions } = await withTransaction();
    unlinkSync(join(transactions, "active"));
    writeFileSync(join(transactions, "active"), "");

    expect(await ok("txn_active")).toBe("");
  });
});

describe("txn_dir", () => {
  it("prints the folder of any id, there or not", async () => {
    const { ok, transactions, id } = await withTransaction();

    expect(await ok("txn_dir")).toBe(join(transactions, id));
    expect(await ok("txn_dir", "gone")).toBe(join(transactions, "gone"));
  });

  it("spells it as the caller does", async () => {
    const { call, root } = await withTransaction();

    const { stdout } = await call(["txn_dir", "x"], { TTM_TXNS_DIR: `${root}//ttm/txns` });

    expect(stdout).toBe(`${root}//ttm/txns/x\n`);
  });
});

describe("txn_state", () => {
  it("prints state.json byte for byte", async () => {
    const { call, id, folder } = await withTransaction();
    const stored = readFileSync(join(folder, "state.json"), "utf8");

    expect(await call(["txn_state"])).toEqual({ status: 0, stdout: stored, stderr: "" });
    expect((await call(["txn_state", id])).stdout).toBe(stored);
  });

  it.each([
    ["empty", ""],
    ["not JSON", '{"stage": "'],
  ])("prints what the log tells when the file is %s", async (_what, content) => {
    const { ok, folder } = await withTransaction();
    await ok("txn_transition", "EXECUTE");
    writeFileSync(join(folder, "state.json"), content);

    expect(JSON.parse(await ok("txn_state"))).toMatchObject({
      stage: "EXECUTE",
      target: "@staging",
    });
  });

  it("prints what the log tells when the file is behind it", async () => {
    const { ok, folder } = await withTransaction();
    const before = readFileSync(join(folder, "state.json"), "utf8");
    await ok("txn_transition", "EXECUTE");
    writeFileSync(join(folder, "state.json"), before);

    expect(JSON.parse(await ok("txn_state"))).toMatchObject({ stage: "EXECUTE" });
  });
});

describe("txn_status", () => {
  it("prints the lines of the standard, in order", async () => {
    const { ok, id, cwd } = await withTransaction();
    writeFileSync(join(cwd, "file.txt"), "");
    await ok("txn_add_ctx", "file.txt", "note");
    const digest = await ok("txn_ctx_digest");
    await ok("txn_fail", id, "disk full");

    const lines = (await ok("txn_status")).split("\n");

    const AT = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z";
    const expected = [
      `Transaction: ${id}`,
      "Description: deploy api",
      "Stage: FAIL",
      "Target: @staging",
      "Iteration: 1",
      "Agent: cron",
      `Context digest: ${digest.slice(0, 16)}\\.\\.\\.`,
      `Last updated: ${AT}`,
      "Last error: disk full",
      "",
      "Recent events:",
      ...["txn_start", "evidence_added", "txn_update", "txn_fail", "stage_transition"].map(
        (event) => `  \\[${AT}\\] ${event}`,
      ),
      "",
      "Context files:",
      "  000_policy.md",
      "  010_request.md",
      "  100_note.txt",
    ];
    expect(lines).toHaveLength(expected.length);
    for (const [at, line] of lines.entries()) {
      expect(line).toMatch(new RegExp(`^${expected[at] ?? ""}$`));
    }
  });

  it("says none for what is not there", async () => {
    const { ok, folder } = await withTransaction();
    rmSync(join(folder, "ctx"), { recursive: true });

    const text = await ok("txn_status");

    expect(text).toContain("\nContext digest: none...\n");
    expect(text).not.toContain("Last error");
    expect(text).toMatch(/\nContext files:\n {2}\(none\)$/);
  });
});

describe("a transaction that is not there", () => {
  it.each([
    ["txn_state", "gone-20250101T000000"],
    ["txn_status", "gone-20250101T000000"],
    ["txn_state", "../x"],
    ["txn_status", "deploy"],
  ])("%s %s", async (...line) => {
    const { call } = await withTransaction();

    expect(await call(line)).toEqual({
      status: 1,
      stdout: "",
      stderr: "Error: state.json not found\n",
    });
  });

  it.each(["txn_state", "txn_status"])("%s of a dangling active", async (name) => {
    const { call, folder } = await withTransaction();
    rmSync(folder, { recursive: true });

    expect(await call([name])).toMatchObject({
      status: 1,
      stderr: "Error: state.json not found\n",
    });
  });
});

describe("txn_events", () => {
  it("prints the lines as they stand in the log", async () => {
    const { call, ok, folder } = await withTransaction();
    await ok("txn_transition", "EXECUTE");
    const log = readFileSync(join(folder, "events.ndjson"), "utf8");

    expect(await call(["txn_events"])).toEqual({ status: 0, stdout: log, stderr: "" });
    const [, second = ""] = log.split("\n");
    expect(await ok("txn_events", "", "stage_transition")).toBe(second);
  });

  it("with a filter that matches nothing prints nothing, and says so by its status", async () => {
    const { call } = await withTransaction();

    expect(await call(["txn_events", "", "txn_commit"])).toEqual({
      status: 1,
      stdout: "",
      stderr: "",
    });
  });

  it.each([["txn_events"], ["txn_events", "", "txn_start"], ["txn_events", "gone"]])(
    "%s %s %s says so where there is no log",
    async (...line) => {
      const { call, folder } = await withTransaction();
      rmSync(join(folder, "events.ndjson"));

      expect(await call(line)).toEqual({ status: 0, stdout: "No events found\n", stderr: "" });
    },
  );
});

describe("txn_list", () => {
  it("says so where there is no folder", async () => {
    expect(await callingShell().ok("txn_list")).toBe("No transactions found");
  });

  it("prints the heading over an empty folder, plain files ignored", async () => {
    const { ok, transactions } = callingShell();
    mkdirSync(transactions, { recursive: true });
    writeFileSync(join(transactions, "notes.txt"), "");
    mkdirSync(join(transactions, "no-state-20250101T000000"));

    expect(await ok("txn_list")).toBe(`Transactions:\n${RULE}`);
  });

  it("prints mark, id, stage and description in columns", async () => {
    const { ok, id, transactions } = await withTransaction();
    const other = "older-20200101T000000";
    mkdirSync(join(transactions, other));
    writeFileSync(
      join(transactions, other, "state.json"),
      JSON.stringify({ txn_id: other, stage: "DONE", description: "x".repeat(50) }),
    );

    const [, , ...lines] = (await ok("txn_list")).split("\n");

    expect(lines).toEqual([
      `→ ${id.padEnd(40)}  NEW         deploy api`,
      `  ${other.padEnd(40)}  DONE        ${"x".repeat(40)}`,
    ]);
    expect((await ok("txn_list", "DONE")).split("\n")).toHaveLength(3);
    expect(await ok("txn_list", "EXECUTE")).toBe(`Transactions:\n${RULE}`);
  });
});
