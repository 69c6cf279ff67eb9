import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Adoption, reconstruct, type Reconstruction, sameJson } from "./adopt.ts";
import { begin, type Command, decide } from "./decide.ts";
import { newEvent, seal, type SealedEvent } from "./event.ts";
import { formatEventLine } from "./event-line.ts";
import { type LogContent, readLog } from "./log.ts";
import { STANDARD } from "./stage.ts";
import { formatState, parseState, type TransactionState } from "./state.ts";
import { blankTransaction, evolve, fold, type Transaction } from "./transaction.ts";

const ID = "t-1";
const AT_MS = Date.UTC(2026, 0, 1);
const FOREIGN_MOVE = `{"ts":"2026-01-01T00:01:00Z","event":"stage_transition","from":"NEW","to":"VALIDATE"}`;

/** A transaction of ours: its log, and the transaction after each append. */
class Story {
  readonly texts: string[] = [];
  readonly states: Transaction[] = [];

  constructor() {
    const first = { description: "deploy", target: "@dev", agent: "human", atMs: AT_MS };
    this.append(seal(0, begin(ID, first, STANDARD)), blankTransaction(ID));
  }

  get head(): Transaction {
    return this.states.at(-1) ?? blankTransaction(ID);
  }

  get log(): LogContent {
    return readLog(new TextEncoder().encode(this.texts.map((text) => `${text}\n`).join("")));
  }

  append(events: readonly SealedEvent[], before: Transaction = this.head): void {
    this.texts.push(...events.map(formatEventLine));
    this.states.push(events.reduce(evolve, before));
  }

  run(...commands: readonly Command[]): this {
    for (const command of commands) {
      this.append(seal(this.head.revision, decide(this.head, command, STANDARD)));
    }
    return this;
  }

  /** What a store does with an adoption: the log first, then whatever else. */
  adopt({ transaction, adoption }: Reconstruction): this {
    if (adoption === undefined) return this;
    this.append(
      seal(transaction.revision, [newEvent("foreign_change", AT_MS, adoption)]),
      transaction,
    );
    return this;
  }

  readWith(text: string | undefined): Reconstruction {
    const stored = text === undefined ? undefined : parseState(text, ID);
    return reconstruct(blankTransaction(ID), this.log, stored);
  }
}

function stateText({ state, revision }: Transaction, edit: Record<string, unknown> = {}): string {
  return formatState({ ...state, ...edit }, revision);
}

const update = (changes: Record<string, unknown>): Command => ({
  type: "update",
  changes,
  atMs: AT_MS,
});
const moveTo = (to: string): Command => ({ type: "transition", to, atMs: AT_MS });

describe("a state.json of ours", () => {
  const story = new Story().run(moveTo("SELECT"), update({ a: 1 }), moveTo("EXECUTE"));

  it("that is up to date is the truth and needs nothing", () => {
    expect(story.readWith(stateText(story.head))).toEqual({
      transaction: story.head,
      stale: false,
    });
  });

  it("that is only older is brought up to date", () => {
    for (const earlier of story.states.slice(0, -1)) {
      const read = story.readWith(stateText(earlier));
      expect(read).toEqual({ transaction: story.head, stale: true });
    }
  });

  it.each([undefined, "", "{", "[]", "null", `{"description":"say "hi""}`])(
    "that is %j is rebuilt from the log",
    (text) => {
      expect(story.readWith(text)).toEqual({ transaction: story.head, stale: true });
    },
  );

  it("that is ahead of the log, which was cut, is rebuilt from the log", () => {
    const ahead = stateText({ ...story.head, revision: 9 }, { a: 2 });
    expect(story.readWith(ahead)).toEqual({ transaction: story.head, stale: true });
  });

  it("is read the same by who has folded the first lines already", () => {
    const [first, second, ...rest] = story.log.lines;
    const soFar = fold(
      ID,
      [first, second].flatMap((line) => line ?? []),
    );
    for (const at of [1, 2, 3]) {
      const text = stateText(story.states[at] ?? story.head, { a: "edited" });
      expect(reconstruct(soFar, { lines: rest }, parseState(text, ID))).toEqual(
        story.readWith(text),
      );
    }
  });

  it("whose log is gone is all there is, and is kept", () => {
    const read = reconstruct(
      blankTransaction(ID),
      { lines: [] },
      parseState(stateText(story.head), ID),
    );
    expect(read.transaction.state).toEqual(story.head.state);
    expect(read.adoption?.changes).toMatchObject({ stage: "EXECUTE", a: 1 });
  });
});

describe("an edit by another tool", () => {
  it("is laid over whatever happened since", () => {
    const story = new Story().run(update({ a: 1 }), update({ b: 1 }));
    const edited = stateText(story.states[1] ?? story.head, { a: "theirs", c: 3 });

    const read = story.readWith(edited);

    expect(read.adoption).toEqual({ changes: { a: "theirs", c: 3 } });
    expect(read.transaction.state).toMatchObject({ a: "theirs", b: 1, c: 3 });
    expect(read.transaction.revision).toBe(3);
  });

  it("can remove fields that are not the standard's", () => {
    const story = new Story().run(update({ a: 1, b: 2 }));
    const { a: _removed, ...rest } = story.head.state;

    const read = story.readWith(formatState({ ...story.head.state, ...rest, a: undefined }, 2));

    expect(read.adoption).toEqual({ changes: {}, removed: ["a"] });
    expect(read.transaction.state).not.toHaveProperty("a");
    expect(fold(ID, story.adopt(read).log.lines).state).toEqual(read.transaction.state);
  });

  it("is adopted once, also when its state.json outlives later changes", () => {
    const story = new Story();
    const edited = stateText(story.head, { target: "@prod" });
    story.adopt(story.readWith(edited)).run(update({ target: "@staging" }));

    const read = story.readWith(edited); // a power cut brought it back

    expect(read).toEqual({ transaction: story.head, stale: true });
    expect(read.transaction.state.target).toBe("@staging");
  });

  it("on top of one that was adopted is adopted by itself", () => {
    const story = new Story();
    story.adopt(story.readWith(stateText(story.head, { a: 1 }))).run(update({ a: 2 }));

    const read = story.readWith(stateText(story.states[0] ?? story.head, { a: 1, b: 1 }));

    expect(read.adoption).toEqual({ changes: { b: 1 } });
    expect(read.transaction.state).toMatchObject({ a: 2, b: 1 });
  });

  it("that moves the stage is a visit, the same for who adopts it and who replays it", () => {
    const story = new Story();
    story.adopt(story.readWith(stateText(story.head, { stage: "EXECUTE" })));

    expect(story.head.stages.map(({ stage }) => stage)).toEqual(["NEW", "EXECUTE"]);
    expect(fold(ID, story.log.lines)).toEqual(story.head);
  });
});

describe("a line by another tool", () => {
  it("is part of the state and must be adopted, once", () => {
    const story = new Story();
    story.texts.push(FOREIGN_MOVE);

    const read = story.readWith(stateText(story.head));

    expect(read).toMatchObject({ adoption: { changes: {} }, stale: true });
    expect(read.transaction.state.stage).toBe("VALIDATE");
    const adopted = story.adopt(read).readWith(stateText(story.head));
    expect(adopted).toEqual({ transaction: story.head, stale: false });
  });

  it("with the state.json that goes with it changes nothing twice", () => {
    const story = new Story();
    const theirs = { stage: "VALIDATE", last_checkpoint: "2026-01-01T00:01:01Z" }; // a second later
    const text = stateText(story.head, theirs);
    story.texts.push(FOREIGN_MOVE);

    const read = story.readWith(text);

    expect(read.adoption).toEqual({ changes: { last_checkpoint: "2026-01-01T00:01:01Z" } });
    expect(read.transaction.state).toMatchObject(theirs);
    expect(fold(ID, story.adopt(read).log.lines)).toEqual(story.head);
  });

  it("that the fold does not know needs no adoption", () => {
    const story = new Story();
    story.texts.push(`{"ts":"2026-01-01T00:01:00Z","event":"rag_stage","stage":"SUBMIT"}`);
    expect(story.readWith(stateText(story.head))).not.toHaveProperty("adoption");
  });
});

describe("any history, any edit", () => {
  const key = fc.constantFrom("a", "b", "__proto__", "constructor", "9");
  const value = fc.jsonValue({ maxDepth: 2 });
  const changes = fc.dictionary(key, value, { maxKeys: 3 });
  const command = fc.oneof(
    changes.map(update),
    fc.constantFrom(...STANDARD.working).map(moveTo),
    fc.constantFrom("@a", "@b").map((target) => update({ target })),
    fc.constant(update({ tes_plan: "x" })),
  );
  const edit = fc.record({
    changes,
    fields: fc.record(
      { stage: fc.constantFrom("NEW", "VALIDATE", ""), target: fc.constantFrom("@a", null) },
      { requiredKeys: [] },
    ),
    removed: fc.uniqueArray(fc.constantFrom("a", "b", "tes_plan", "constructor")),
  });

  function edited(tx: Transaction, { changes: set, fields, removed }: EditOf): string {
    const state: Record<string, unknown> = { ...tx.state, ...set, ...fields };
    for (const each of removed) delete state[each];
    return JSON.stringify({ ...state, revision: tx.revision });
  }
  type EditOf = typeof edit extends fc.Arbitrary<infer Edit> ? Edit : never;

  function own(state: TransactionState, field: string): unknown {
    return Object.hasOwn(state, field) ? state[field] : undefined;
  }

  it("edits are adopted once and never lost, and nobody else's changes are", () => {
    fc.assert(
      fc.property(
        fc.array(command, { maxLength: 6 }),
        fc.array(command, { maxLength: 3 }),
        fc.nat(),
        edit,
        (commands, later, pick, theirs) => {
          const story = new Story().run(...commands);
          const at = story.states[pick % story.states.length] ?? story.head;
          const text = edited(at, theirs);
          const theirState = parseState(text, ID)?.state ?? at.state;
          const before = story.head.state;

          const read = story.readWith(text);

          for (const field of new Set([...Object.keys(before), ...Object.keys(theirState)])) {
            const isEdited =
              !sameJson(own(at.state, field), own(theirState, field)) ||
              Object.hasOwn(at.state, field) !== Object.hasOwn(theirState, field);
            expect(own(read.transaction.state, field)).toEqual(
              own(isEdited ? theirState : before, field),
            );
          }

          story.adopt(read);
          expect(story.head.state).toEqual(read.transaction.state);
          expect(fold(ID, story.log.lines)).toEqual(story.head);

          expect(story.readWith(stateText(story.head))).toEqual({
            transaction: story.head,
            stale: false,
          });
          expect(story.readWith(text)).not.toHaveProperty("adoption");
          story.run(...later);
          expect(story.readWith(text)).not.toHaveProperty("adoption");
          expect(story.readWith(text).transaction).toEqual(story.head);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("another tool's transaction is its state.json, and is carried on without a second adoption", () => {
    const line = fc.constantFrom(
      FOREIGN_MOVE,
      `{"ts":"2026-01-01T00:00:00Z","event":"txn_start","txn_id":"t-1","description":"x"}`,
      `{"ts":"2026-01-01T00:02:00Z","event":"tes_resolved","target":"@dev","plan":"dev.local"}`,
      `{"ts":"2026-01-01T00:03:00Z","event":"evidence_added","file":"100_a","source":"a"}`,
      `not "JSON"`,
    );
    const foreign = fc.record(
      {
        txn_id: fc.string(),
        description: fc.string(),
        stage: fc.constantFrom("NEW", "VALIDATE", ""),
        target: fc.constantFrom("@a", null),
        tes_plan: fc.string(),
        flow: value,
        constructor: value,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 5 }),
        foreign,
        fc.array(command, { maxLength: 3 }),
        (lines, fields, commands) => {
          const story = new Story();
          story.texts.splice(0, 1, ...lines);
          story.states.length = 0;
          const text = JSON.stringify(fields);

          const read = story.readWith(text);
          expect(read.transaction.state).toEqual(parseState(text, ID)?.state);

          story.adopt(read);
          expect(fold(ID, story.log.lines)).toEqual(story.head);
          story.run(...commands);

          expect(story.readWith(text)).toEqual({ transaction: story.head, stale: true });
          expect(story.readWith(stateText(story.head))).toEqual({
            transaction: story.head,
            stale: false,
          });
        },
      ),
    );
  });

  it("reading is total: whatever log and state hold", () => {
    const anyLine = fc.oneof(
      fc.json(),
      fc
        .dictionary(
          fc.constantFrom(
            "event",
            "seq",
            "more",
            "changes",
            "removed",
            "to",
            "ts",
            "ts_ms",
            "stage",
          ),
          fc.oneof(
            value,
            fc.nat(3),
            fc.constantFrom(
              "foreign_change",
              "txn_start",
              "stage_transition",
              "lease_taken",
              "txn_update",
            ),
          ),
        )
        .map((each) => JSON.stringify(each)),
    );
    fc.assert(
      fc.property(fc.array(anyLine), fc.json(), (lines, state) => {
        const text = lines.map((each) => `${each}\n`).join("");
        const log = readLog(new TextEncoder().encode(text));
        const read = reconstruct(blankTransaction(ID), log, parseState(state, ID));
        expect(read.transaction.id).toBe(ID);
        expect(read.transaction.state.txn_id).toBe(ID);
      }),
    );
  });
});

it("an adoption has the shape of its event", () => {
  const adoption: Adoption = { changes: { a: 1 }, removed: ["b"] };
  const state: TransactionState = { ...new Story().head.state, b: 1 };
  const tx = { ...new Story().head, state };
  const after = evolve(tx, { event: "foreign_change", seq: 1, ...adoption });
  expect(after.state).toMatchObject({ a: 1 });
  expect(after.state).not.toHaveProperty("b");
});
