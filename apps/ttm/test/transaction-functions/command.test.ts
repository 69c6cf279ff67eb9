import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CallingShell, callingShell } from "./calling-shell.ts";

async function withTransaction(): Promise<CallingShell & { readonly id: string }> {
  const shell = callingShell();
  return { ...shell, id: await shell.ok("ttm", "create", "deploy api", "@staging") };
}

describe("the sourced ttm", () => {
  it.each([[], [""], ["help"], ["h"]])("prints its usage for %j", async (...args) => {
    const { status, stdout, stderr } = await callingShell().call(["ttm", ...args]);

    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const groups = stdout.split("\n").filter((line) => /^[A-Z].*:$/.test(line));
    expect(groups).toEqual([
      "Transaction Lifecycle:",
      "Context Management:",
      "Query:",
      "TES Integration:",
      "Examples:",
    ]);
  });

  it("prints its usage without TETRA_DIR, and refuses every command", async () => {
    const { call } = callingShell();
    const unset = { TETRA_DIR: undefined };

    expect((await call(["ttm"], unset)).status).toBe(0);
    for (const name of ["help", "create", "list", "no-such"]) {
      expect(await call(["ttm", name, "x"], unset)).toEqual({
        status: 1,
        stdout: "",
        stderr: "❌ Error: TETRA_DIR environment variable not set\n",
      });
    }
  });

  it.each(["--help", "-h", "update", "digest", "run", "toString"])(
    "does not know %j",
    async (name) => {
      const { status, stdout, stderr } = await callingShell().call(["ttm", name]);

      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toBe(
        `Unknown command: ${name}\n` +
          "Run 'ttm help' for usage; the program has more commands: command ttm help\n",
      );
    },
  );

  it("makes the folders first, whatever the command", async () => {
    const { call, root } = callingShell();

    await call(["ttm", "active"]);

    expect(existsSync(join(root, "ttm/config"))).toBe(true);
  });

  it.each([
    [["transition", "SELECT"], "Transaction transitioned: NEW → SELECT\n"],
    [["transition", "EXECUTE", "ID"], "Transaction transitioned: NEW → EXECUTE\n"],
    [["commit"], "Transaction transitioned: NEW → DONE\nTransaction committed: ID\n"],
    [["add", "file.txt", "note"], "Added context: 100_note.txt\n"],
    [["list-ctx", "ID"], "Context files:\n000_policy.md\n010_request.md\n"],
    [["init-vars"], "No evidence files found\n"],
    [["active"], "ID\n"],
    [["resolve"], "TES resolved: @staging → staging.local\n"],
  ])("%j", async (args, stdout) => {
    const { call, cwd, id } = await withTransaction();
    writeFileSync(join(cwd, "file.txt"), "");

    const answer = await call(["ttm", ...args.map((text) => (text === "ID" ? id : text))]);

    expect(answer).toMatchObject({
      status: 0,
      stdout: stdout.replace("ID", id),
      stderr: "",
    });
  });

  it.each([
    ["state", "txn_state"],
    ["status", "txn_status"],
    ["events", "txn_events"],
    ["list", "txn_list"],
  ])("%s prints what %s prints", async (name, own) => {
    const { call } = await withTransaction();

    expect(await call(["ttm", name])).toEqual(await call([own]));
  });

  it("filters lists and events", async () => {
    const { call, id } = await withTransaction();

    expect((await call(["ttm", "list", "DONE"])).stdout).not.toContain(id);
    expect((await call(["ttm", "events", id, "txn_commit"])).status).toBe(1);
  });

  it("hands on what is to be set and published", async () => {
    const { call, cwd, id } = await withTransaction();
    writeFileSync(join(cwd, "file.txt"), "");

    const { variables, published } = await call(["ttm", "add", "file.txt", "note"]);

    expect(variables).toMatchObject({ e_count: "1" });
    expect(published).toEqual([["txn.evidence_added", id, "100_note.txt"]]);
  });
});

describe("ttm fail", () => {
  it.each([
    ["nothing", [], "Unknown error"],
    ["the id alone", ["ID"], "Unknown error"],
    ["a message alone", ["disk full"], "disk full"],
    ["a message like the beginning of an id", ["deploy-api"], "deploy-api"],
    ["id and message", ["ID", "disk full"], "disk full"],
    ["an empty id and a message", ["", "disk full"], "disk full"],
  ])("takes %s", async (_what, args, message) => {
    const { call, id } = await withTransaction();

    const answer = await call(["ttm", "fail", ...args.map((text) => (text === "ID" ? id : text))]);

    expect(answer).toMatchObject({
      status: 0,
      stdout: "Transaction transitioned: NEW → FAIL\n",
      stderr: `Transaction failed: ${id} - ${message}\n`,
    });
  });

  it("refuses an id that is none", async () => {
    const { call } = await withTransaction();

    expect(await call(["ttm", "fail", "gone", "x"])).toMatchObject({ status: 1, stdout: "" });
  });
});
