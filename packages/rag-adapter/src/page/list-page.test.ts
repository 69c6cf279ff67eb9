import type { TransactionState } from "@tetra/tts-core";
import { expect, it } from "vitest";
import { type FlowListEntry, listPage } from "./list-page.ts";

function entry(index: number, state: Partial<TransactionState>, isActive = false): FlowListEntry {
  const whole: TransactionState = {
    txn_id: "t-1",
    description: "",
    stage: "NEW",
    target: "@local",
    iteration: 1,
    agent: "base",
    ctx_digest: null,
    last_checkpoint: "",
    last_error: null,
    ...state,
  };
  return { index, state: whole, isActive };
}

it("is the original's, to the column", () => {
  const entries = [
    entry(
      1,
      { txn_id: "add-login-20251018T143022", stage: "EXECUTE", description: "add login" },
      true,
    ),
    entry(12, { txn_id: "x".repeat(40), stage: "ASSEMBLED!!", description: "é".repeat(50) }),
  ];
  expect(listPage({ scope: "local", exists: true, entries })).toEqual([
    "Local Flows:",
    "────────────────────────────────────────────────────────",
    "→ 1. add-login-20251018T143022               EXECUTE     add login",
    ` 12. ${"x".repeat(40)}  ASSEMBLED!!  ${"é".repeat(40)}`,
    "",
    "Tip: flow_resume <index> carries a flow on",
    "     flow_list --global shows the flows of all projects",
  ]);
});

it("has one tip for the flows of all projects", () => {
  const page = listPage({ scope: "global", exists: true, entries: [entry(1, {})] });
  expect(page[0]).toBe("Global Flows:");
  expect(page.slice(page.indexOf("") + 1)).toHaveLength(1);
});

it("says when there is none, and when there is no folder", () => {
  const rule = "─".repeat(56);
  expect(listPage({ scope: "local", exists: true, entries: [] })).toEqual([
    "Local Flows:",
    rule,
    "  (none)",
    "",
  ]);
  expect(listPage({ scope: "local", exists: false, entries: [] })).toEqual([
    "No Local flows found",
  ]);
  expect(listPage({ scope: "global", exists: false, entries: [] })).toEqual([
    "No Global flows found",
  ]);
});

it("what a description holds is shown, never carried out", () => {
  const hostile = entry(1, {
    txn_id: "a\nb",
    description: "\u001B[2J\u001B]0;x\u0007\u009B31m\u202Egone",
  });
  const page = listPage({ scope: "local", exists: true, entries: [hostile] }).join("\n");
  expect(page).toContain("\\x1b[2J");
  // oxlint-disable-next-line eslint/no-control-regex -- they are what is looked for
  expect(page).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/);
});
