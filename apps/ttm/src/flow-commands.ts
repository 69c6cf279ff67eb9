import type { Argument } from "@tetra/cli-kit";
import type { TtmCommand } from "./app.ts";
import { FLOWS } from "./groups.ts";

const id: Argument = { name: "id", complete: { type: "ask", topic: "transactions" } };

const WHERE =
  "Flows are those of TTM_TXNS_DIR, else of ./rag/flows, or with RAG_SCOPE=global of $TETRA_DIR/rag/flows.";

/** The subcommands that deal with RAG flows. */
export const FLOW_COMMANDS: readonly TtmCommand[] = [
  {
    name: "flow assemble",
    group: FLOWS,
    summary: "put a flow's prompt together within a budget of tokens",
    arguments: [id],
    options: {
      budget: { value: "N", summary: "the most tokens (default: 100000)" },
      encoding: {
        value: "NAME",
        summary: "how tokens are counted (default: o200k_base)",
        complete: {
          type: "words",
          words: ["o200k_base", "cl100k_base"],
        },
      },
      select: {
        short: "s",
        value: "SELECTION",
        repeats: true,
        summary:
          "evidence besides the flow's: file.ts, file.ts:10-40, src/**/*.ts, file.ts::10,40#tag",
        complete: { type: "files" },
      },
    },
    details: [
      "In are the policy, the task, and then evidence in its order: whole where it fits, cut at a line where it",
      "does not, each text once. What was left out is named with the reason. The prompt is written to",
      "build/prompt.mdctx, and kept under its digest with the list of what is in it: ttm flow prompt shows it.",
      "Patterns keep to .gitignore. --select refuses what leads outside the project; files that were added to the",
      "flow by hand may lie anywhere.",
      WHERE,
    ],
    examples: [
      "flow assemble --budget 20000",
      "flow assemble -s src/auth.ts:10-40 -s 'test/auth/*.ts' --encoding cl100k_base",
    ],
    load: () => import("./commands/flow-assemble.ts"),
  },
  {
    name: "flow prompt",
    group: FLOWS,
    summary: "show what a model saw: an assembled prompt, exactly",
    arguments: [id, { name: "digest" }],
    options: {
      contents: { summary: "what is in it and what was left out, in place of the text" },
      all: { summary: "list every prompt of the flow: when, digest, tokens" },
    },
    details: [
      "The last prompt, or the one whose digest begins so. It is held against its digest.",
      WHERE,
    ],
    examples: ["flow prompt", "flow prompt --contents", 'flow prompt "" 3f0c8a52'],
    load: () => import("./commands/flow-prompt.ts"),
  },
  {
    name: "flow apply",
    group: FLOWS,
    summary: "apply a model's answer to the project's files, so that it can be undone",
    arguments: [id, { name: "answer-file", complete: { type: "files" } }],
    options: {
      "dry-run": { summary: "check everything and show the difference, changing nothing" },
      fuzz: {
        value: "N",
        summary: "how many lines around a change may differ, up to 3 (default: 0)",
      },
    },
    details: [
      "The answer is MULTICAT with plan.json, patch.diff and notes.md, or whole files; build/answer.md unless a",
      "file is named, - for standard input (which the shell function flow_apply does not read). One word that is",
      "no flow but a file is the answer to the active flow. Everything is checked before anything changes: each",
      "hunk fits, each path stays in the project. Then it is applied as a transaction of its own, which keeps",
      "every file as it was: ttm saga undo puts all back, ttm saga resume carries it on after a crash. A file that",
      "somebody else has changed meanwhile is not overwritten. The flow moves to APPLY, and when all is done to",
      "VALIDATE.",
      "Exit status: 0 applied, 1 put back as it was, 3 needs a person, 75 left open, to be carried on.",
      WHERE,
    ],
    examples: [
      "flow apply --dry-run",
      "flow apply",
      "flow apply answer.md",
      "flow apply mend-auth-20260131T093000 answer.md",
    ],
    load: () => import("./commands/flow-apply.ts"),
  },
];
