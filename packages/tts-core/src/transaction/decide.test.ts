import { isTetraError } from "@tetra/errors";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { begin, type Command, decide } from "./decide.ts";
import { newEvent, type NewEvent, seal } from "./event.ts";
import { formatEventLine } from "./event-line.ts";
import { readLog } from "./log.ts";
import { defineStages, isFinal, STAGES, STANDARD } from "./stage.ts";
import { blankTransaction, evolve, fold, type Transaction } from "./transaction.ts";

const ID = "deploy-api-20260101T000000";
const AT_MS = Date.UTC(2026, 0, 1);

const first = begin(
  ID,
  { description: "deploy api", target: "@local", agent: "human", atMs: AT_MS },
  STANDARD,
);
const created = after(blankTransaction(ID), first);

function after(tx: Transaction, events: readonly NewEvent[]): Transaction {
  return seal(tx.revision, events).reduce(evolve, tx);
}

function run(tx: Transaction, ...commands: readonly Command[]): Transaction {
  return commands.reduce((now, command) => after(now, decide(now, command, STANDARD)), tx);
}

const to = (stage: string): Command => ({ type: "transition", to: stage, atMs: AT_MS + 1000 });
const update = (changes: Record<string, unknown>): Command => ({
  type: "update",
  changes,
  atMs: AT_MS + 1000,
});

describe("beginning", () => {
  it("makes the state of the standard, keys in its order", () => {
    expect(JSON.stringify(created.state)).toBe(
      `{"txn_id":"${ID}","description":"deploy api","stage":"NEW","target":"@local","iteration":1,` +
        `"agent":"human","ctx_digest":null,"last_checkpoint":"2026-01-01T00:00:00Z","last_error":null}`,
    );
  });

  it("needs a description", () => {
    const nothing = { description: " \n", target: "@local", agent: "human", atMs: AT_MS };
    expect(() => begin(ID, nothing, STANDARD)).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT" }),
    );
  });
});

describe("approving", () => {
  const approve: Command = {
    type: "approve",
    name: "@prod",
    by: "ann",
    why: "CAB-12",
    atMs: AT_MS,
  };

  it("records who allowed what, and why", () => {
    expect(run(created, approve).approvals).toEqual([{ name: "@prod", by: "ann", why: "CAB-12" }]);
    expect(run(created, approve).state).toEqual(created.state);
  });

  it("is refused in a transaction that has ended", () => {
    expect(() => run(created, to("DONE"), approve)).toThrow(
      expect.objectContaining({ code: "INVALID_STAGE" }),
    );
  });
});

describe("moving", () => {
  it("raises the iteration when it goes back, and only then", () => {
    const stages = ["EXECUTE", "EXECUTE", "VALIDATE", "EXECUTE", "SELECT", "VALIDATE"];
    const iterations = stages.map((_, at) => {
      return run(created, ...stages.slice(0, at + 1).map(to)).state.iteration;
    });
    expect(iterations).toEqual([1, 1, 1, 2, 3, 3]);
  });

  it("to an unknown stage is refused, naming transaction, stage and the way out", () => {
    expect(() => decide(created, to("DEPLOYED"), STANDARD)).toThrow(
      expect.objectContaining({
        code: "UNKNOWN_STAGE",
        message: `${ID} (NEW): there is no stage "DEPLOYED"`,
        hint: "use one of NEW, SELECT, ASSEMBLE, EXECUTE, VALIDATE, DONE, FAIL",
        details: { id: ID, from: "NEW", to: "DEPLOYED" },
      }),
    );
  });

  it.each([to("NEW"), to("DONE"), { type: "commit", atMs: AT_MS } as const])(
    "out of a final stage is refused: %j",
    (command) => {
      const failed = run(created, { type: "fail", error: "test", atMs: AT_MS });
      expect(() => decide(failed, command, STANDARD)).toThrow(
        expect.objectContaining({
          code: "INVALID_STAGE",
          message: expect.stringContaining(`${ID}: cannot go from FAIL to `),
          hint: "FAIL is final: create a new transaction",
        }),
      );
    },
  );

  it("out of a stage that only another tool knows is possible, whatever its name", () => {
    const stages = defineStages({
      working: ["NEW"],
      done: "DONE",
      fail: "FAIL",
      next: { NEW: [] },
    });
    for (const stage of ["", "DEPLOYED", "constructor", "toString"]) {
      const foreign = { ...created, state: { ...created.state, stage } };
      expect(decide(foreign, { type: "commit", atMs: AT_MS }, stages)).toHaveLength(2);
    }
  });
});

describe("ending", () => {
  it("a commit says how long it took, then moves", () => {
    const events = decide(created, { type: "commit", atMs: AT_MS + 2500 }, STANDARD);
    expect(events).toEqual([
      newEvent("txn_commit", AT_MS + 2500, { duration_ms: 2500 }),
      newEvent("stage_transition", AT_MS + 2500, { from: "NEW", to: "DONE" }),
    ]);
  });

  it("took no time when the clock was set back, or nobody knows when it began", () => {
    const { startedMs: _unknown, ...foreign } = created;
    for (const tx of [created, foreign]) {
      const [event] = decide(tx, { type: "commit", atMs: AT_MS - 5000 }, STANDARD);
      expect(event).toMatchObject({ duration_ms: 0 });
    }
  });

  it("a failure keeps its error in the state", () => {
    const failed = run(created, { type: "fail", error: "disk full", atMs: AT_MS + 1000 });
    expect(failed.state).toMatchObject({
      stage: "FAIL",
      last_error: "disk full",
      last_checkpoint: "2026-01-01T00:00:01Z",
    });
  });
});

describe("updating", () => {
  it("merges shallowly: known keys keep their place, new ones go to the end", () => {
    const tx = run(
      created,
      update({ zeta: { a: 1 }, target: "@dev" }),
      { type: "resolve", plan: "dev.local", atMs: AT_MS },
      update({ zeta: { b: 2 }, alpha: 1 }),
    );
    expect(Object.keys(tx.state).slice(9)).toEqual(["zeta", "tes_plan", "alpha"]);
    expect(tx.state).toMatchObject({ zeta: { b: 2 }, alpha: 1, target: "@dev" });
    expect(tx.state.last_checkpoint).toBe("2026-01-01T00:00:01Z");
  });

  it.each([
    [{ stage: "DONE" }, "move with a transition"],
    [{ txn_id: "other" }, "the id never changes"],
    [{ revision: 7 }, "the store counts it"],
    [{ target: null }, "give text"],
    [{ iteration: "2" }, "give a whole number"],
    [{ last_error: 5 }, "give text or null"],
    [{ size: 1n }, "give JSON values"],
  ])("refuses %o", (changes, hint) => {
    expect(() => decide(created, update(changes), STANDARD)).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT", hint }),
    );
  });

  it("takes fields whose names every object has", () => {
    const changes = { constructor: "a", toString: "b", hasOwnProperty: "c" };
    expect(run(created, update(changes)).state).toMatchObject(changes);
  });

  it("records what JSON can say, so that the log holds what the writer was told", () => {
    const changes = { a: undefined, b: [undefined], c: Number.NaN, d: -0 };
    const { state } = run(created, update(changes));
    expect(JSON.stringify(Object.entries(state).slice(9))).toBe(
      '[["b",[null]],["c",null],["d",0]]',
    );
    expect(Object.is(state["d"], 0)).toBe(true);
  });
});

it.each([null, ""])("resolving the target %j is refused", (target) => {
  const foreign = { ...created, state: { ...created.state, target } };
  expect(() => decide(foreign, { type: "resolve", plan: "x", atMs: AT_MS }, STANDARD)).toThrow(
    expect.objectContaining({ code: "NO_TARGET", message: `${ID} (NEW): no target defined` }),
  );
});

describe("any sequence of commands", () => {
  const atMs = fc.integer({ min: AT_MS, max: AT_MS + 1e9 });
  const text = fc.string({ unit: "binary" });
  const command: fc.Arbitrary<Command> = fc.oneof(
    fc.record({ type: fc.constant("transition"), to: fc.constantFrom(...STAGES, "NOWHERE"), atMs }),
    fc.record({ type: fc.constant("commit"), atMs }),
    fc.record({ type: fc.constant("fail"), error: text, atMs }),
    fc.record({ type: fc.constant("update"), changes: fc.dictionary(text, fc.jsonValue()), atMs }),
    fc.record({ type: fc.constant("update"), changes: fc.record({ target: text }), atMs }),
    fc.record({ type: fc.constant("resolve"), plan: text, atMs }),
    fc.record({
      type: fc.constant("add-evidence"),
      file: text,
      source: text,
      digest: text,
      bytes: fc.nat(),
      atMs,
    }),
    fc.record({ type: fc.constant("approve"), name: text, by: text, why: text, atMs }),
    fc.record({ type: fc.constant("take-lease"), runner: text, atMs }),
  );
  // endings are rare, so that sequences get long
  const working = command.filter(
    ({ type, ...rest }) =>
      type !== "commit" && type !== "fail" && !("to" in rest && /^(DONE|FAIL)$/.test(rest.to)),
  );
  const commands = fc
    .tuple(fc.array(working), fc.array(command, { maxLength: 3 }))
    .map((parts) => parts.flat());

  /** What each command made of it; a refused one makes nothing. */
  function history(all: readonly Command[]): { states: Transaction[]; lines: string[] } {
    const states = [created];
    const lines = seal(0, first).map(formatEventLine);
    for (const each of all) {
      const tx = states.at(-1) ?? created;
      try {
        const sealed = seal(tx.revision, decide(tx, each, STANDARD));
        lines.push(...sealed.map(formatEventLine));
        states.push(sealed.reduce(evolve, tx));
      } catch (error) {
        if (!isTetraError(error)) throw error;
        states.push(tx);
      }
    }
    return { states, lines };
  }

  it("is replayed from its log exactly, and counts its lines", () => {
    fc.assert(
      fc.property(commands, (all) => {
        const { states, lines } = history(all);
        const log = readLog(new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")));

        expect(log.lines.map((line) => line.text)).toEqual(lines);
        expect(fold(ID, log.lines)).toEqual(states.at(-1));
        expect(states.at(-1)?.revision).toBe(lines.length);
        expect(log.revision).toBe(lines.length);
      }),
    );
  });

  it("never leaves a final stage, and raises the iteration exactly when it goes back", () => {
    fc.assert(
      fc.property(commands, (all) => {
        const { states } = history(all);
        for (const [at, next] of states.slice(1).entries()) {
          const from = states[at]?.state ?? created.state;
          const stayed = next.state.stage === from.stage;
          const order = STANDARD.working.indexOf(next.state.stage);
          const isBack = order !== -1 && order < STANDARD.working.indexOf(from.stage);
          expect(stayed || !isFinal(STANDARD, from.stage)).toBe(true);
          const iteration = all[at]?.type === "update" ? next.state.iteration : from.iteration;
          expect(next.state.iteration).toBe(iteration + (isBack ? 1 : 0));
        }
      }),
    );
  });

  it("keeps every fence, and every visit in order", () => {
    fc.assert(
      fc.property(commands, (all) => {
        const tx = history(all).states.at(-1) ?? created;
        expect(tx.stages.at(-1)?.stage).toBe(tx.state.stage);
        expect(tx.fence).toBe(all.filter(({ type }) => type === "take-lease").length);
      }),
    );
  });
});
