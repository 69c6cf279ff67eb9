import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { flowShell } from "./flow-shell.ts";

const STAMP = "[0-9]{8}T[0-9]{6}";

describe("context and evidence", () => {
  it("flow_add_evidence adds a numbered context file, and sets the variables", async () => {
    const { create, call, ok, write, flows } = flowShell();
    const id = await create("a");
    write("app.tar.gz", "x");
    const { stdout, variables } = await call(["flow_add_evidence", "app.tar.gz", "artifact"]);
    expect(stdout).toBe("Added context: 100_artifact.tar.gz\n");
    expect(variables).toMatchObject({
      e1: `${flows}/${id}/ctx/100_artifact.tar.gz`,
      EVIDENCE_COUNT: "1",
    });
    expect(await ok("flow_list_evidence")).toContain("100_artifact.tar.gz");
    expect(await ok("flow_init_evidence_vars")).toBe(
      `Evidence variables initialized: 1 file(s)\n  $e1 = ${flows}/${id}/ctx/100_artifact.tar.gz`,
    );
  });

  it("flow_evidence adds, lists, toggles, shows, renumbers and removes", async () => {
    const { create, call, ok, write, read } = flowShell();
    const id = await create("a");
    write("src/Auth.ts", "one\ntwo\nthree\n");
    write("b.md", "# b\n");

    expect(await ok("flow_evidence", "add", "src/Auth.ts::2,3#auth,core")).toBe(
      "Added evidence: 100_auth_ts.evidence.md",
    );
    expect(await ok("flow_evidence", "add", "b.md")).toBe("Added evidence: 110_b_md.evidence.md");
    expect(await ok("flow_evidence", "link", "b.md")).toBe(
      "Linked evidence: 120_b_md.evidence.link",
    );
    expect(read(`${id}/ctx/evidence/100_auth_ts.evidence.md`)).toContain(
      "```ts\ntwo\nthree\n```\n",
    );

    const off = await call(["flow_evidence", "toggle", "100", "off"]);
    expect(off.stdout).toBe("Off: 100_auth_ts.evidence.md.skip\n");
    expect(off.variables).toMatchObject({ EVIDENCE_COUNT: "2", e3: undefined });
    expect((await ok("flow_evidence", "list")).split("\n")).toMatchObject([
      "Evidence files:",
      expect.stringMatching(/^○ {2}100 {2}auth_ts {2}lines=2:3 {2}#auth,core/),
      expect.stringMatching(/^✓ {2}110 {2}b_md {2}full/),
      expect.stringMatching(/^✓ {2}120 {2}b_md {2}link/),
    ]);
    expect(await ok("flow_evidence", "status")).toMatch(
      /^Evidence: 2 active, 1 skipped\nTokens: ~\d+ of 10000/,
    );
    expect(await ok("flow_evidence", "2")).toBe("# b");
    expect((await call(["flow_evidence", "3"])).status).toBe(1);

    expect(await ok("flow_evidence", "remove", "*_md")).toBe(
      "Removed evidence: 110_b_md.evidence.md\nRemoved evidence: 120_b_md.evidence.link",
    );
    expect(await ok("flow_evidence", "toggle", "100")).toBe("On: 100_auth_ts.evidence.md");
    await ok("flow_evidence", "add", "b.md");
    await ok("flow_evidence", "remove", "100");
    expect(await ok("flow_evidence", "rebase")).toBe("Renumbered: 1 of 1");
    expect(read(`${id}/ctx/evidence/100_b_md.evidence.md`)).toContain("# b");
  });

  it("flow_evidence refuses what it does not know, and what is not there", async () => {
    const { create, call } = flowShell();
    await create("a");
    for (const line of [
      [],
      ["frobnicate"],
      ["add"],
      ["add", "gone.ts"],
      ["toggle"],
      ["remove", "100"],
    ]) {
      const { status, stdout, stderr } = await call(["flow_evidence", ...line]);
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).not.toBe("");
    }
  });

  it("flow_resume sets the variables of the flow it carries on", async () => {
    const { create, call, ok, write, flows } = flowShell();
    const id = await create("a");
    write("b.md", "# b\n");
    await ok("flow_evidence", "add", "b.md");
    await create("other");
    const { stdout, variables } = await call(["flow_resume", id], { e_count: "3" });
    expect(stdout).toMatch(
      /^Resuming flow: a-.*\nCurrent stage: NEW\n\nNext: .*\nEvidence variables initialized: 1 file\(s\)\n/,
    );
    expect(variables).toMatchObject({
      e1: `${flows}/${id}/ctx/evidence/100_b_md.evidence.md`,
      e2: undefined,
    });
  });
});

describe("sessions", () => {
  it("gather flows, one session being current", async () => {
    const { create, ok, call, project } = flowShell();
    const made = (await ok("session_create", "auth work")).split("\n");
    const session = made.at(-1) ?? "";
    expect(made[0]).toBe(`Session created: ${session}`);
    expect(await ok("session_active")).toBe(session);
    const flow = await create("add login");
    expect(await ok("session_add_flow", "other-flow")).toContain("other-flow");
    expect(JSON.parse(await ok("session_state"))).toMatchObject({
      session_id: session,
      description: "auth work",
      flows: [flow, "other-flow"],
      tags: [],
    });
    expect(readFileSync(join(project, "rag/sessions", session, "session.json"), "utf8")).toBe(
      `${await ok("session_state")}\n`,
    );
    const second = (await ok("session_create", "more")).split("\n").at(-1) ?? "";
    expect(await ok("session_list")).toMatch(
      new RegExp(`^Sessions:\n {2}${session} .*2 flow\\(s\\).*\n→ ${second} `),
    );
    expect(await ok("session_resume", session)).toMatch(`Resuming session: ${session}\n`);
    expect(await ok("session_status")).toContain(`Session: ${session}\nDescription: auth work\n`);
    expect((await call(["generate_session_id", "a b"])).stdout).toMatch(
      new RegExp(`^a-b-${STAMP}\n$`),
    );
  });

  it("say when there is none", async () => {
    const { call, ok } = flowShell();
    expect(await ok("session_list")).toBe("No sessions found");
    expect(await ok("session_active")).toBe("");
    expect(await call(["session_add_flow", "f"])).toMatchObject({
      status: 1,
      stderr: "Error: No active session\n",
    });
    expect(await call(["session_add_flow", "f", "gone"])).toMatchObject({
      status: 1,
      stderr: "Error: Session not found: gone\n",
    });
  });
});
