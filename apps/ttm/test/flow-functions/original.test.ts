import { existsSync, lstatSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type FlowShell, flowShell } from "./flow-shell.ts";

// What the original left: lines with a brace too many, quotes that nobody escaped, an emptied state, a link to
// the active flow that is absolute, and strays where it meant to move that link.

const LOGIN = "add-login-20251018T143022";
const HI = "say-hi-20251018T150000";
const LEARN = "learn-20251018T160000";

function left(): FlowShell {
  const shell = flowShell({ original: true });
  shell.link(join(shell.flows, LOGIN), "active");
  shell.link(join(shell.flows, HI), `${LOGIN}/${HI}`);
  shell.link(join(shell.flows, LEARN), `${LOGIN}/${LEARN}`);
  return shell;
}

describe("flows that the original left", () => {
  it("are listed, whatever their state says, by the stage their log has", async () => {
    expect(await left().ok("flow_list")).toBe(
      [
        "Local Flows:",
        "─".repeat(56),
        `→ 1. ${LOGIN}               EXECUTE     add login`,
        `  2. ${LEARN}                   DONE        learn`,
        `  3. ${HI}                  SELECT      `,
        "",
        "Tip: flow_resume <index> carries a flow on",
        "     flow_list --global shows the flows of all projects",
      ].join("\n"),
    );
  });

  it("have a status", async () => {
    const { ok } = left();
    const page = await ok("flow_status");
    expect(page.split("\n").slice(0, 6)).toEqual([
      `Flow: ${LOGIN} (active)`,
      "Desc: add login",
      "Stage: EXECUTE Iter: 1 Agent: base Target: @local",
      "Tags: auth",
      "Evidence: 1 file(s)  Tokens: ~8 (est)",
      "QA ID: qa-1729255267",
    ]);
    expect(page).toContain("\nAnswer (first 5 lines):\n  first\n");
    expect(await ok("flow_status", HI)).toContain("Stage: SELECT Iter: 1");
  });

  it("are resumed, which moves the active link at last", async () => {
    const { ok, flows } = left();
    expect(await ok("flow_resume", "3")).toContain(`Resuming flow: ${HI}\nCurrent stage: SELECT\n`);
    expect(await ok("flow_active")).toBe(HI);
    expect(readlinkSync(join(flows, "active"))).toBe(`${HI}/`);
  });

  it("go on from the stage that RAG had, and keep every line of their log", async () => {
    const { ok, read } = left();
    const before = read(`${LOGIN}/events.ndjson`);

    expect(await ok("flow_transition", "SUBMIT")).toBe(
      "Transaction transitioned: EXECUTE → EXECUTE",
    );

    expect(read(`${LOGIN}/events.ndjson`).startsWith(before)).toBe(true);
    expect(JSON.parse(read(`${LOGIN}/state.json`))).toMatchObject({
      iteration: 2,
      qa_id: "qa-1729255267",
    });
  });

  it("are completed, with what has quotes", async () => {
    const { ok, read } = left();
    await ok("flow_complete", HI, "-l", `say "hi" to 'all' \\`, "--tag", "a b");
    expect(JSON.parse(read(`${HI}/state.json`))).toMatchObject({
      stage: "DONE",
      outcome: "success",
      lessons: [`say "hi" to 'all' \\`],
      tags: ["a b"],
    });
  });

  it("have their evidence, what is switched off apart", async () => {
    const { call, flows } = left();
    const { variables } = await call(["flow_init_evidence_vars"]);
    expect(variables).toMatchObject({
      e1: join(flows, LOGIN, "ctx/evidence/100_auth_ts.evidence.md"),
      EVIDENCE_COUNT: "1",
      e_count: "1",
    });
    expect(variables?.["e2"]).toBeUndefined();
  });

  it("are promoted without strays, with links that lead to the copy", async () => {
    const { ok, link, flows, global } = left();
    link(
      join(flows, LOGIN, "build/answer.md"),
      `${LOGIN}/ctx/evidence/120_answer_md.evidence.link`,
    );
    link("../../../../../src/auth.ts", `${LOGIN}/ctx/evidence/130_auth_ts.evidence.link`);

    await ok("flow_promote", LOGIN);

    const copy = join(global, LOGIN);
    expect([HI, LEARN, "locks"].filter((name) => existsSync(join(copy, name)))).toEqual([]);
    expect(readlinkSync(join(copy, "ctx/evidence/120_answer_md.evidence.link"))).toBe(
      "../../build/answer.md",
    );
    expect(readlinkSync(join(copy, "ctx/evidence/130_auth_ts.evidence.link"))).toBe(
      join(flows, "../../src/auth.ts"),
    );
    expect(lstatSync(join(flows, LOGIN, HI)).isSymbolicLink()).toBe(true);
    expect(await ok("flow_list", "--global")).toContain(`  1. ${LOGIN}`);
  });
});
