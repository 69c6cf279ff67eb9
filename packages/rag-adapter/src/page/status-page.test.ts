import type { TransactionState } from "@tetra/tts-core";
import { expect, it } from "vitest";
import { flowPaths } from "../folder/flow-paths.ts";
import { paintOf, PLAIN } from "./paint.ts";
import { estimatedTokens, type FlowStatus, shownPath, statusPage } from "./status-page.ts";

const ID = "add-login-20251018T143022";
const STATE: TransactionState = {
  txn_id: ID,
  description: "add login",
  stage: "EXECUTE",
  target: "@local",
  iteration: 2,
  agent: "base",
  ctx_digest: null,
  last_checkpoint: "",
  last_error: null,
  outcome: null,
  artifacts: [],
  lessons: [],
  tags: [],
  effort_minutes: 0,
};
const OPTIONS = { paint: PLAIN, cwd: "/home/me/p", home: "/home/me" };
const DIRECTORIES = [
  "Directories:",
  `  ctx:      rag/flows/${ID}/ctx`,
  `  evidence: rag/flows/${ID}/ctx/evidence`,
  `  build:    rag/flows/${ID}/build`,
];

function statusWith(state: Partial<TransactionState>, more: Partial<FlowStatus> = {}): FlowStatus {
  return {
    id: ID,
    state: { ...STATE, ...state },
    ragStage: "SUBMIT",
    isActive: false,
    evidence: 3,
    tokens: 1200,
    paths: flowPaths("/home/me/p/rag/flows", ID),
    ...more,
  };
}

it("of an open flow says what it is, where it stands, and where its files are", () => {
  expect(statusPage(statusWith({}, { isActive: true }), OPTIONS)).toEqual([
    `Flow: ${ID} (active)`,
    "Desc: add login",
    "Stage: EXECUTE Iter: 2 Agent: base Target: @local",
    "Evidence: 3 file(s)  Tokens: ~1200 (est)",
    ...DIRECTORIES,
  ]);
});

it("of a flow that is done has its badge, outcome, tags, effort and question", () => {
  const done = statusWith({
    stage: "DONE",
    outcome: "partial",
    tags: ["auth", "ui"],
    effort_minutes: 30,
    qa_id: "qa-7",
  });
  expect(statusPage(done, OPTIONS)).toEqual([
    `Flow: ${ID} ⚠`,
    "Desc: add login",
    "Stage: DONE Iter: 2 Agent: base Target: @local",
    "Outcome: partial",
    "Tags: auth, ui",
    "Evidence: 3 file(s)  Tokens: ~1200 (est)",
    "Effort: 30 minutes",
    "QA ID: qa-7",
    ...DIRECTORIES,
  ]);
});

const PROMPT = "<!-- rs:id=x -->\n\none\n\ntwo\n  \nthree\nfour\n";
const ANSWER = "1\n2\n3\n4\n5\n6\n";

it("has a summary where there is an answer", () => {
  const answered = statusWith(
    { artifacts: ["p.diff"], lessons: ["ask first"] },
    { prompt: PROMPT, answer: ANSWER },
  );
  const page = statusPage(answered, OPTIONS);
  expect(page.slice(4, -DIRECTORIES.length)).toEqual([
    "─".repeat(56),
    "Prompt:",
    "  one",
    "  two",
    "  three",
    "Answer (first 5 lines):",
    "  1",
    "  2",
    "  3",
    "  4",
    "  5",
    `  (all 6 lines: rag/flows/${ID}/build/answer.md)`,
    "Artifacts:",
    "  - p.diff",
    "Lessons Learned:",
    "  - ask first",
  ]);
});

it("has a summary where one is asked for, with what there is", () => {
  const page = statusPage(statusWith({}, { prompt: PROMPT }), { ...OPTIONS, summary: true });
  expect(page.slice(5, 9)).toEqual(["Prompt:", "  one", "  two", "  three"]);
  expect(page.slice(9)).toEqual(DIRECTORIES);
});

it.each([
  [50_000, "~50000"],
  [50_001, "\u001B[33m~50001\u001B[0m"],
  [100_001, "\u001B[31m~100001\u001B[0m"],
])("warns of %d tokens by colour", (tokens, shown) => {
  const page = statusPage(statusWith({}, { tokens }), { ...OPTIONS, paint: paintOf({}) });
  expect(page.find((line) => line.includes("(est)"))?.endsWith(`${shown} (est)`)).toBe(true);
});

it("is coloured always, by the caller's colours, and never where NO_COLOR is set", () => {
  const page = (env: Readonly<Record<string, string>>): string =>
    statusPage(statusWith({}), { ...OPTIONS, paint: paintOf(env) }).join("\n");
  expect(page({})).toContain("\u001B[2mDesc:\u001B[0m add login");
  expect(page({ TC_DIM: "\\033[38;5;244m", TC_RESET: "\u001B[39m" })).toContain(
    "\u001B[38;5;244mDesc:\u001B[39m add login",
  );
  expect(page({ TC_DIM: "" })).toContain("\nDesc: add login");
  expect(page({ TC_DIM: "\u001B]0;title\u0007" })).toContain("\u001B[2mDesc:");
  expect(page({ NO_COLOR: "1" })).not.toContain("\u001B");
  expect(page({ NO_COLOR: "" })).toContain("\u001B");
});

it.each([
  ["", 0],
  ["one", 1],
  ["one two\n three ", 4],
  ["a b c d e f", 8],
])("%j is about %d tokens", (text, tokens) => {
  expect(estimatedTokens(text)).toBe(tokens);
});

it.each([
  ["/home/me/p/rag", "rag"],
  ["/home/me/.tetra/rag", "~/.tetra/rag"],
  ["/srv/rag", "/srv/rag"],
  ["/home/me/p2/rag", "~/p2/rag"],
])("%j is shown as %j", (path, shown) => {
  expect(shownPath(path, OPTIONS)).toBe(shown);
});
