import { expect, it } from "vitest";
import { reconstruct, type Reconstruction } from "./adopt.ts";
import { decide } from "./decide.ts";
import { newEvent, seal } from "./event.ts";
import { formatEventLine } from "./event-line.ts";
import { readLog } from "./log.ts";
import { STANDARD } from "./stage.ts";
import { formatState, parseState } from "./state.ts";
import { blankTransaction, evolve } from "./transaction.ts";

// Folders as the original shell tools leave them, byte for byte (`reference/ttm-tts.md`, section 14).

const ID = "deploy-20251018T143022";
const AT_MS = Date.UTC(2025, 9, 18, 13);

const START = `{"ts":"2025-10-18T12:30:22Z","event":"txn_start","txn_id":"${ID}","description":"deploy"}\n`;
const TO_EXECUTE = `{"ts":"2025-10-18T12:30:23Z","event":"stage_transition","from":"NEW","to":"EXECUTE"}\n`;

function stateFile(fields: Record<string, unknown> = {}): string {
  const state = {
    txn_id: ID,
    description: "deploy",
    stage: "NEW",
    target: "@local",
    iteration: 1,
    agent: "human",
    ctx_digest: null,
    last_checkpoint: "2025-10-18T12:30:22Z",
    last_error: null,
  };
  return `${JSON.stringify({ ...state, ...fields }, undefined, 2)}\n`;
}

function read(state: string | undefined, log: string): Reconstruction {
  const stored = state === undefined ? undefined : parseState(state, ID);
  return reconstruct(blankTransaction(ID), readLog(new TextEncoder().encode(log)), stored);
}

/** What a store does: adopts, moves on, writes both; then both are read again. */
function carryOn(state: string | undefined, log: string): Reconstruction {
  const { transaction, adoption } = read(state, log);
  const adopting =
    adoption === undefined
      ? []
      : seal(transaction.revision, [newEvent("foreign_change", AT_MS, adoption)]);
  const adopted = adopting.reduce(evolve, transaction);
  const move = { type: "transition", to: "VALIDATE", atMs: AT_MS } as const;
  const moving = seal(adopted.revision, decide(adopted, move, STANDARD));
  const after = moving.reduce(evolve, adopted);
  const lines = [...adopting, ...moving].map((event) => `${formatEventLine(event)}\n`);
  return read(formatState(after.state, after.revision), `${log}${lines.join("")}`);
}

const FOLDERS = [
  ["a new transaction", stateFile(), START, { stage: "NEW", description: "deploy" }],
  [
    "a quote in the description, which leaves no JSON but the state's",
    stateFile({ description: 'say "hi"' }),
    `{"ts":"2025-10-18T12:30:22Z","event":"txn_start","txn_id":"${ID}","description":"say "hi""}\n${TO_EXECUTE}`,
    { stage: "NEW", description: 'say "hi"' },
  ],
  ["an empty state.json: the log is the only truth", "", START + TO_EXECUTE, { stage: "EXECUTE" }],
  [
    "a state.json with a quote in the target",
    stateFile().replace("@local", '@"local"'),
    START + TO_EXECUTE,
    { stage: "EXECUTE", target: "@local" },
  ],
  ["no state.json", undefined, START + TO_EXECUTE, { stage: "EXECUTE" }],
  ["the stage that a child shell writes", stateFile({ stage: "" }), START, { stage: "" }],
  [
    "the plan that a child shell writes",
    stateFile({ tes_plan: "" }),
    START,
    { stage: "NEW", tes_plan: "" },
  ],
  [
    "a last line without its state: its state.json decides",
    stateFile(),
    START + TO_EXECUTE,
    { stage: "NEW" },
  ],
  [
    "a duration counted from 1970, and a move from nowhere",
    stateFile({ stage: "DONE", target: null }),
    `${START}{"ts":"2025-10-18T12:30:24Z","event":"txn_commit","duration_ms":1760790624000}\n` +
      `{"ts":"2025-10-18T12:30:24Z","event":"stage_transition","from":"","to":"EXECUTE"}\n`,
    { stage: "DONE", target: null },
  ],
  [
    "fields of the RAG adapter",
    stateFile({ flow_id: "f-1", selection: ["a", 1] }),
    `${START}{"ts":"2025-10-18T12:30:24Z","event":"rag_stage","stage":"SUBMIT"}\n`,
    { stage: "NEW", flow_id: "f-1", selection: ["a", 1] },
  ],
  ["no log", stateFile({ stage: "SELECT" }), "", { stage: "SELECT", description: "deploy" }],
] as const;

it.each(FOLDERS)("reads %s", (_, state, log, expected) => {
  expect(read(state, log).transaction.state).toMatchObject(expected);
});

it.each(FOLDERS.filter(([, , , expected]) => expected.stage !== "DONE"))(
  "carries on %s, with nothing to adopt a second time",
  (_, state, log, expected) => {
    const again = carryOn(state, log);
    expect(again).toMatchObject({ stale: false });
    expect(again).not.toHaveProperty("adoption");
    expect(again.transaction.state).toMatchObject({
      ...expected,
      stage: "VALIDATE",
      last_checkpoint: "2025-10-18T13:00:00Z",
    });
  },
);
