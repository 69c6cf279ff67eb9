import { render } from "@tetra/cli-kit";
import { blankTransaction, type TransactionStatus } from "@tetra/tts-core";
import { expect, it } from "vitest";
import { statusPage } from "./status-page.ts";

const START = Date.parse("2026-01-31T09:30:00Z");
const STATUS: TransactionStatus = {
  id: "deploy-20260131T093000",
  revision: 3,
  state: {
    ...blankTransaction("deploy-20260131T093000").state,
    description: "deploy\u001b[2J",
    stage: "EXECUTE",
    target: "@staging",
    tes_plan: "staging.local",
    last_checkpoint: "2026-01-31T09:30:02Z",
  },
  isActive: true,
  isFinal: false,
  startedMs: START,
  ageMs: 62_000,
  timeline: [
    { stage: "NEW", atMs: START, durationMs: 2000, isOpen: false },
    { stage: "EXECUTE", atMs: START + 2000, durationMs: 60_000, isOpen: true },
  ],
  recent: [
    { ts: "2026-01-31T09:30:02Z", event: "stage_transition", seq: 1, from: "NEW", to: "EXECUTE" },
  ],
  context: [
    { name: "000_policy.md", kind: "file", bytes: 408 },
    { name: "100_app", kind: "folder", bytes: 0 },
    { name: "110_image.iso", kind: "file", bytes: 1_400_000_000 },
  ],
  evidence: [],
};

it("shows a transaction on one page, and no control character of its texts", () => {
  const lines = statusPage(STATUS, { nowMs: START + 62_000, columns: 60 });

  expect(lines.map((line) => render(line, { colour: false }))).toEqual([
    "deploy-20260131T093000  EXECUTE  active",
    "",
    "  Description  deploy\\u001b[2J",
    "  Target       @staging → staging.local",
    "  Agent        human",
    "  Iteration    1",
    "  Started      1m ago",
    "  Changed      1m ago",
    "",
    "Stages",
    "  ○ NEW      2.0s       1m ago",
    "  ● EXECUTE  1m so far  1m ago",
    "",
    "Recent events",
    "  1m ago  stage_transition  NEW → EXECUTE",
    "",
    "Context files",
    "  000_policy.md  408 B",
    "  100_app        folder",
    "  110_image.iso  1.4 GB",
  ]);
});
