import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { callingShell } from "./calling-shell.ts";

describe("txn_resolve_tes", () => {
  it.each([
    ["@local", "localhost"],
    ["@localhost", "localhost"],
    ["@dev", "dev.local"],
    ["@staging", "staging.local"],
    ["@prod", "prod.local"],
    ["@web1", "web1"],
    ["host.example", "host.example"],
  ])("of %s is %s", async (target, plan) => {
    const { ok, call } = callingShell();
    const id = await ok("txn_create", "a b", target);

    expect(await call(["txn_resolve_tes"])).toEqual({
      status: 0,
      stdout: `TES resolved: ${target} → ${plan}\n`,
      stderr: "",
      published: [["txn.tes_resolved", id, target]],
    });
    expect(JSON.parse(await ok("txn_state"))).toMatchObject({ tes_plan: plan });
    expect(await ok("txn_events", "", "tes_resolved")).toContain(
      `"event":"tes_resolved","target":"${target}","plan":"${plan}"`,
    );
  });

  it.each(["null", '""'])("refuses the target %s", async (target) => {
    const { call, transactions } = callingShell();
    const id = "foreign-20250101T000000";
    mkdirSync(join(transactions, id), { recursive: true });
    writeFileSync(
      join(transactions, id, "state.json"),
      `{"txn_id": "${id}", "stage": "NEW", "target": ${target}}\n`,
    );

    expect(await call(["txn_resolve_tes", id])).toEqual({
      status: 1,
      stdout: "",
      stderr: "Error: No target defined in transaction\n",
    });
  });
});

describe("txn_get_connector", () => {
  it("prints the built-in entry", async () => {
    const { ok } = callingShell();

    expect(await ok("txn_get_connector", "@staging")).toBe(
      '{\n  "type": "ssh",\n  "host": "staging.local",\n  "user": "deploy"\n}',
    );
  });

  it("prints nothing for what is not there", async () => {
    expect(await callingShell().call(["txn_get_connector", "@nowhere"])).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
  });

  it("prints the entry of a file, which replaces the built-in ones whole", async () => {
    const { ok, root } = callingShell();
    mkdirSync(join(root, "ttm"), { recursive: true });
    const topology = { "@web": { type: "ssh", host: "web1", rack: { row: 3 } } };
    writeFileSync(join(root, "ttm/topology.json"), JSON.stringify(topology));

    expect(JSON.parse(await ok("txn_get_connector", "@web"))).toEqual(topology["@web"]);
    expect(await ok("txn_get_connector", "@staging")).toBe("");
  });

  it("fails on a file that is broken", async () => {
    const { call, root } = callingShell();
    mkdirSync(join(root, "ttm"), { recursive: true });
    writeFileSync(join(root, "ttm/topology.json"), "{");

    const { status, stdout, stderr } = await call(["txn_get_connector", "@staging"]);

    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain("topology.json");
  });
});
