import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { flowShell } from "./flow-shell.ts";

const STAMP = "[0-9]{8}T[0-9]{6}";

describe("flow_create", () => {
  it("tells what was made, what comes next, of evidence, and as its last line the id", async () => {
    const { call, flows } = flowShell();
    const { stdout, variables, published } = await call([
      "flow_create",
      "add login",
      "planner",
      "/unused",
    ]);

    const lines = stdout.split("\n").slice(0, -1);
    const id = lines.at(-1) ?? "";
    expect(id).toMatch(new RegExp(`^add-login-${STAMP}$`));
    expect(lines.slice(0, 4)).toEqual([
      `Flow created: ${id}`,
      "Prompt: add login",
      `Directory: ${flows}/${id}`,
      "",
    ]);
    expect(lines.slice(4, 8).map((line) => line.slice(0, 3))).toEqual(["1. ", "2. ", "3. ", "4. "]);
    expect(lines.slice(8)).toEqual(["No evidence files found", id]);
    expect(variables).toMatchObject({ e_count: "0", EVIDENCE_COUNT: "0" });
    expect(published).toEqual([["txn.created", id, "NEW"]]);
  });

  it("makes the files private, whatever the umask", async () => {
    const { create, flows } = flowShell();
    const id = await create("add login");
    const modeOf = (name: string): number => statSync(join(flows, id, name)).mode & 0o777;
    expect(["ctx/000_policy.md", "ctx/010_prompt.user.md", "state.json"].map(modeOf)).toEqual([
      0o600, 0o600, 0o600,
    ]);
    expect(["", "ctx", "ctx/evidence"].map(modeOf)).toEqual([0o700, 0o700, 0o700]);
  });
});

describe("where things are", () => {
  it("flows and sessions are the project's or all projects'", async () => {
    const { call, project, global } = flowShell();
    const out = async (line: readonly string[], env = {}): Promise<string> =>
      (await call(line, env)).stdout;
    expect(await out(["get_rag_dir"])).toBe(`${project}/rag\n`);
    expect(await out(["get_flows_dir", "local"])).toBe(`${project}/rag/flows\n`);
    expect(await out(["get_flows_dir", "global"])).toBe(`${global}\n`);
    expect(await out(["get_flows_dir"], { RAG_SCOPE: "global" })).toBe(`${global}\n`);
    expect(await out(["get_rag_dir"], { RAG_DIR: "other" })).toBe(`${project}/other\n`);
    expect(await out(["get_sessions_dir"])).toBe(`${project}/rag/sessions\n`);
    expect(await out(["get_rag_dir", "global"], { TETRA_DIR: undefined, HOME: "/h" })).toBe(
      "/h/.tetra/rag\n",
    );
  });

  it("what an earlier version left is used where there is nothing newer", async () => {
    const { ok, project } = flowShell();
    mkdirSync(join(project, "rag/txns"), { recursive: true });
    expect(await ok("get_flows_dir")).toBe(`${project}/rag/txns`);
    mkdirSync(join(project, ".rag/flows"), { recursive: true });
    expect(await ok("get_flows_dir")).toBe(`${project}/.rag/flows`);
    mkdirSync(join(project, "rag/flows"));
    expect(await ok("get_flows_dir")).toBe(`${project}/rag/flows`);
  });

  it("the active flow has a folder", async () => {
    const { call, create, ok, flows } = flowShell();
    expect(await call(["flow_active"])).toMatchObject({ status: 0, stdout: "" });
    expect(await call(["get_active_flow_dir"])).toMatchObject({
      status: 1,
      stdout: "",
      stderr: "",
    });
    const id = await create("a");
    expect(await ok("flow_active")).toBe(id);
    expect(await ok("get_active_flow_dir")).toBe(`${flows}/${id}`);
  });
});

describe("without an active flow", () => {
  it.each([
    ["flow_get_state"],
    ["flow_transition", "SELECT"],
    ["flow_complete", "--outcome", "failed"],
    ["flow_tag", "x"],
    ["flow_add_evidence", "a.txt", "a"],
    ["flow_list_evidence"],
    ["flow_init_evidence_vars"],
    ["flow_evidence", "list"],
    ["flow_evidence", "add", "a.txt"],
  ])("%s says so and fails", async (...line) => {
    const shell = flowShell();
    shell.write("a.txt", "a\n");
    expect(await shell.call(line)).toMatchObject({
      status: 1,
      stdout: "",
      stderr: "Error: No active flow\n",
    });
  });

  it("flow_status and flow_inspect say so on standard output, flow_checkpoint nothing, and all succeed", async () => {
    const { call } = flowShell();
    for (const name of ["flow_status", "flow_inspect"]) {
      expect(await call([name])).toMatchObject({
        status: 0,
        stdout: "No active flow\n",
        stderr: "",
      });
    }
    expect(await call(["flow_checkpoint", "SELECT"])).toMatchObject({
      status: 0,
      stdout: "",
      stderr: "",
    });
  });

  it("flow_promote has words of its own", async () => {
    expect(await flowShell().call(["flow_promote"])).toMatchObject({
      status: 1,
      stderr: "Error: No flow ID provided and no active flow\n",
    });
  });
});

describe("of a flow that is not there", () => {
  it.each([
    [["flow_get_state", "gone"], "Error: state.json not found\n"],
    [["flow_update_state", "gone", "{}"], "Error: Flow not found: gone\n"],
    [["flow_transition", "SELECT", "gone"], "Error: Flow not found: gone\n"],
    [["flow_checkpoint", "SELECT", "{}", "gone"], "Error: Flow not found: gone\n"],
    [["flow_status", "gone"], "Error: Flow not found: gone\n"],
    [["flow_resume", "gone"], "Error: Flow not found: gone\n"],
    [["flow_resume", "../x"], "Error: Flow not found: ../x\n"],
    [["flow_complete", "gone"], "Error: state.json not found for flow gone\n"],
    [["flow_promote", "gone"], "Error: Flow not found in local: gone\n"],
    [["flow_evidence", "list", "gone"], "Error: Flow not found: gone\n"],
    [["flow_tag", "x", "gone"], "Error: Flow not found: gone\n"],
    [["flow_add_evidence", "a.txt", "a", "gone"], "Error: Flow not found: gone\n"],
    [["flow_add_evidence", "a.txt", "a", "../x"], "Error: Flow not found: ../x\n"],
  ])("%j tells which and fails", async (line, stderr) => {
    const shell = flowShell();
    await shell.create("another");
    shell.write("a.txt", "a\n");
    expect(await shell.call(line)).toMatchObject({ status: 1, stdout: "", stderr });
  });

  it("flow_resume hints at the list", async () => {
    const { status, stderr } = await flowShell().call(["flow_resume", "7"]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^Error: No flow at index 7\n.*flow_list/);
  });

  it("the beginning of an id is none", async () => {
    const { create, call } = flowShell();
    const id = await create("a");
    expect((await call(["flow_status", id.slice(0, -1)])).status).toBe(1);
  });
});

describe("moving", () => {
  it("prints stored stages, and the log has RAG's name before the move", async () => {
    const { create, ok, read, call } = flowShell();
    const id = await create("a");
    expect(await ok("flow_transition", "SELECT")).toBe("Transaction transitioned: NEW → SELECT");
    const moved = await call(["flow_transition", "SUBMIT"]);
    expect(moved.stdout).toBe("Transaction transitioned: SELECT → EXECUTE\n");
    expect(moved.published).toEqual([["txn.stage_changed", id, "EXECUTE"]]);
    expect(await ok("flow_checkpoint", "REVIEW", '{"by":"me"}')).toBe(
      "Transaction transitioned: EXECUTE → REVIEW",
    );
    const [checkpoint, named, transition] = read(`${id}/events.ndjson`)
      .trimEnd()
      .split("\n")
      .slice(-3);
    expect(checkpoint).toContain(
      '"event":"checkpoint","stage":"REVIEW","metadata":{"by":"me"},"seq"',
    );
    expect(named).toContain('"event":"rag_stage","rag_stage":"REVIEW","ttm_stage":"REVIEW"');
    expect(transition).toContain('"event":"stage_transition","from":"EXECUTE","to":"REVIEW"');
  });

  it.each(["{", "[1]", "1", "null"])(
    "a checkpoint with the metadata %j is refused and nothing moves",
    async (metadata) => {
      const { create, call, read } = flowShell();
      const id = await create("a");
      const before = read(`${id}/events.ndjson`);
      expect((await call(["flow_checkpoint", "SELECT", metadata])).status).toBe(1);
      expect(read(`${id}/events.ndjson`)).toBe(before);
    },
  );

  it("what has ended does not move", async () => {
    const { create, ok, call } = flowShell();
    await create("a");
    await ok("flow_transition", "FAIL");
    expect((await call(["flow_transition", "SELECT"])).stderr).toContain(
      "cannot go from FAIL to SELECT",
    );
    expect((await call(["flow_complete"])).status).toBe(1);
  });
});

describe("flow_update_state and flow_get_state", () => {
  it("set and show fields", async () => {
    const { create, ok } = flowShell();
    const id = await create("a");
    await ok("flow_update_state", id, '{"qa_id":"qa-1","x":{"y":[1]}}');
    expect(JSON.parse(await ok("flow_get_state"))).toMatchObject({ qa_id: "qa-1", x: { y: [1] } });
  });

  it.each(["", "nonsense", "[]", '{"stage":"DONE"}'])(
    "%j is refused and the state stays",
    async (json) => {
      const { create, call, read } = flowShell();
      const id = await create("a");
      const before = read(`${id}/state.json`);
      expect((await call(["flow_update_state", id, json])).status).toBe(1);
      expect(read(`${id}/state.json`)).toBe(before);
    },
  );
});

describe("flow_complete", () => {
  it("takes options before, after and without the id", async () => {
    const { create, ok } = flowShell();
    const a = await create("a");
    const b = await create("b");
    expect(
      await ok(
        "flow_complete",
        "--outcome",
        "partial",
        a,
        "-e",
        "30",
        "-l",
        "one",
        "-l",
        "two",
        "-a",
        "p.diff",
      ),
    ).toBe(
      `\n⚠ Flow completed: ${a}\n  Outcome: partial\n  Lesson: one\n  Lesson: two\n  Artifact: p.diff\n  Effort: 30 minutes`,
    );
    expect(await ok("flow_complete", "--outcome", "failed", "--nonsense")).toBe(
      `\n✗ Flow completed: ${b}\n  Outcome: failed`,
    );
    expect(JSON.parse(await ok("flow_get_state", a))).toMatchObject({
      stage: "DONE",
      outcome: "partial",
      lessons: ["one", "two"],
      artifacts: ["p.diff"],
      effort_minutes: 30,
    });
  });

  it("keeps the outcome of a flow that was completed before, and tells that one", async () => {
    const { create, ok } = flowShell();
    const id = await create("a");
    await ok("flow_complete", "--outcome", "partial");
    expect(await ok("flow_complete", id)).toBe(`\n⚠ Flow completed: ${id}\n  Outcome: partial`);
    expect(JSON.parse(await ok("flow_get_state", id))).toMatchObject({ outcome: "partial" });
  });

  it("refuses an effort that is none, and changes nothing", async () => {
    const { create, call, ok } = flowShell();
    await create("a");
    expect((await call(["flow_complete", "-e", "soon"])).stderr).toContain("effort");
    expect(JSON.parse(await ok("flow_get_state"))).toMatchObject({ stage: "NEW", outcome: null });
  });
});

describe("flow_list", () => {
  it("filters by stored stage and keeps the indices that flow_resume takes", async () => {
    const { create, ok } = flowShell();
    for (const name of ["a", "b", "c"]) await create(name);
    await ok("flow_transition", "SUBMIT");

    expect((await ok("flow_list", "EXECUTE")).split("\n")[2]).toMatch(/^→ 3\. c-/);
    expect((await ok("flow_list", "SUBMIT")).split("\n")[2]).toBe("  (none)");
    expect(await ok("flow_resume", "2")).toMatch(/^Resuming flow: b-/);
    expect((await ok("flow_list")).split("\n")[3]).toMatch(/^→ 2\. b-/);
  });

  it("has the flows of all projects, however they are asked for", async () => {
    const { create, ok } = flowShell();
    expect(await ok("flow_list", "--global")).toBe("No Global flows found");
    const id = await create("a");
    await ok("flow_promote");
    for (const line of [["--global"], ["", "true"], ["NEW", "true"], ["--global", "NEW"]]) {
      expect(await ok("flow_list", ...line)).toContain(`  1. ${id}`);
    }
    const all = await ok("flow_list_all");
    expect(all.split("\n").filter((line) => line.endsWith("Flows:"))).toEqual([
      "Local Flows:",
      "Global Flows:",
    ]);
    expect(all.startsWith("\nLocal")).toBe(true);
    expect(all).toContain("\n\nGlobal");
  });

  it("calls the flows what they are where all projects' are worked on", async () => {
    const { global, call } = flowShell();
    const env = { RAG_SCOPE: "global", TTM_TXNS_DIR: global };
    await call(["flow_create", "a"], env);
    expect((await call(["flow_list"], env)).stdout).toMatch(/^Global Flows:\n/);
  });

  it("has the project's and all projects' once each, whichever are worked on", async () => {
    const { create, global, call } = flowShell();
    const id = await create("own");
    const env = { RAG_SCOPE: "global", TTM_TXNS_DIR: global };
    await call(["flow_create", "shared"], env);
    const { stdout } = await call(["flow_list_all"], env);
    const [, local = "", everywhere = ""] = stdout.split(/^(?:Local|Global) Flows:$/m);
    expect(stdout.match(/^.* Flows:$/gm)).toEqual(["Local Flows:", "Global Flows:"]);
    expect(local).toContain(`1. ${id}`);
    expect(everywhere).toContain(". shared-");
  });

  it.each([["--bogus"], ["-x"], ["--all", "NEW"]])(
    "refuses %s with its usage",
    async (...words) => {
      const { create, call } = flowShell();
      await create("a");
      const refused = await call(["flow_list", ...words]);
      expect(refused).toMatchObject({ status: 1, stdout: "" });
      expect(refused.stderr).toMatch(/^Error: flow_list: Unknown option '-.*'\nusage: flow_list /);
    },
  );

  it("says when there is no folder", async () => {
    expect(await flowShell().ok("flow_list")).toBe("No Local flows found");
  });

  it("sees at once what another tool changed", async () => {
    const { create, ok, flows } = flowShell();
    const id = await create("a");
    await ok("flow_list");
    const path = join(flows, id, "state.json");
    const state: unknown = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...Object(state), description: "edited" }));
    expect(await ok("flow_list")).toContain("edited");
    rmSync(join(flows, id), { recursive: true });
    expect(await ok("flow_list")).toContain("(none)");
  });
});

describe("flow_promote", () => {
  it("tells from where to where, and what stays", async () => {
    const { create, ok, flows, global, call } = flowShell();
    const id = await create("a");
    const lines = (await ok("flow_promote")).split("\n");
    expect(lines.slice(0, 4)).toEqual([
      `✓ Promoted flow to global: ${id}`,
      `From: ${flows}/${id}`,
      `To: ${global}/${id}`,
      "",
    ]);
    expect(lines[4]).toContain("RAG_SCOPE=global");
    expect(await call(["flow_promote", id])).toMatchObject({
      status: 1,
      stderr: `Error: Flow already exists in global: ${id}\n`,
    });
  });
});

it("generate_flow_id is like a transaction's", async () => {
  const { stdout } = await flowShell().call(["generate_flow_id", "Deploy API v2.1.0"]);
  expect(stdout).toMatch(new RegExp(`^deploy-api-v2-1-0-${STAMP}\n$`));
});

it("text that flows hold is shown, never carried out by a terminal", async () => {
  const { call } = flowShell();
  const hostile = "x \u001B[2J\u001B]0;t\u0007 $(id)";
  const { stdout } = await call(["flow_create", hostile]);
  const status = await call(["flow_status"]);
  const list = await call(["flow_list"]);
  // oxlint-disable-next-line eslint/no-control-regex -- it is what is looked for
  expect([stdout, status.stdout, list.stdout].join("")).not.toMatch(/[\u001B\u0007]/);
});
