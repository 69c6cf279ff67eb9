import { describe, expect, it } from "vitest";
import { newEvent, type NewEvent } from "../transaction/event.ts";
import { blankTransaction } from "../transaction/transaction.ts";
import { decideSaga, type SagaCommand } from "./decide-saga.ts";
import type { SagaNode } from "./definition.ts";
import { evolveSaga } from "./evolve-saga.ts";

const WORD = { by: "ann", why: "because" };
const steps: readonly SagaNode[] = [
  { type: "step", name: "a", action: "do", compensate: { action: "undo" } },
  {
    type: "parallel",
    name: "p",
    steps: [
      { type: "approval", name: "legal" },
      { type: "approval", name: "boss" },
      { type: "signal", name: "paid" },
    ],
  },
  { type: "step", name: "pivot", action: "do", pivot: true },
  { type: "approval", name: "last" },
];

function decided(command: SagaCommand, ...events: readonly NewEvent[]): readonly NewEvent[] {
  const definition = { name: "tidy", steps };
  const defined = newEvent("saga_defined", 0, { name: "tidy", digest: "", definition });
  const saga = [defined, ...events].reduce(evolveSaga, undefined);
  if (saga === undefined) throw new Error("no saga");
  return decideSaga({ transaction: blankTransaction("t1"), saga }, command, 1000);
}

const asked = (path: string): NewEvent =>
  newEvent("approval_requested", 0, { name: path, step: path });
const approved = (path: string): NewEvent =>
  newEvent("approval_approved", 0, { name: path, ...WORD });
const rejected = (path: string): NewEvent =>
  newEvent("approval_rejected", 0, { name: path, ...WORD });
const begun = newEvent("step_started", 0, { step: "pivot", attempt: 1, key: "" });
const past = newEvent("step_completed", 0, { step: "pivot", attempt: 1 });
const turned = newEvent("saga_failed", 0, { error: "no", reason: "cancelled" });
const over = newEvent("stage_transition", 0, { from: "EXECUTE", to: "DONE" });
const needed = newEvent("attention", 0, { step: "a", reason: "x" });

const refusal = (code: string, hint?: string): unknown =>
  expect.objectContaining({ code, ...(hint === undefined ? {} : { hint }) });

describe("a wish to cancel", () => {
  const cancel = { type: "cancel", ...WORD } as const;

  it("is recorded with who and why, once", () => {
    expect(decided(cancel)).toMatchObject([{ event: "cancel_requested", ...WORD, ts_ms: 1000 }]);
    expect(decided(cancel, newEvent("cancel_requested", 0, WORD))).toEqual([]);
  });

  it("changes nothing when the saga turns back already", () => {
    expect(decided(cancel, turned)).toEqual([]);
  });

  it("is kept while the pivot is under way, and refused once it is done", () => {
    expect(decided(cancel, begun)).toHaveLength(1);
    expect(() => decided(cancel, begun, past)).toThrow(refusal("PAST_PIVOT"));
  });
});

describe("an answer to an approval", () => {
  const approve = { type: "approve", ...WORD } as const;
  const reject = { type: "reject", ...WORD } as const;

  it("is recorded with who and why", () => {
    expect(decided(approve, asked("p/legal"))).toMatchObject([
      { event: "approval_approved", name: "p/legal", ...WORD },
    ]);
    expect(decided({ ...reject, step: "p/boss" })).toMatchObject([
      { event: "approval_rejected", name: "p/boss", ...WORD },
    ]);
  });

  it("has to name the step when several are waited for, or none yet", () => {
    const hint = "name one of p/legal, p/boss";
    const both = [asked("p/legal"), asked("p/boss")];
    expect(() => decided(approve, ...both)).toThrow(refusal("NOT_WAITING", hint));
    expect(() => decided(approve)).toThrow(refusal("NOT_WAITING"));
    expect(() => decided({ ...approve, step: "a" })).toThrow(refusal("NOT_WAITING"));
  });

  it("counts once: the first word", () => {
    const one = { ...approve, step: "p/legal" };
    expect(() => decided(one, approved("p/legal"))).toThrow(refusal("NOT_WAITING"));
    expect(() => decided(one, rejected("p/legal"))).toThrow(refusal("NOT_WAITING"));
    expect(decided(approve, asked("p/legal"), asked("p/boss"), approved("p/legal"))).toMatchObject([
      { name: "p/boss" },
    ]);
  });

  it("can be given after a refusal that came while the pivot was under way, and too late", () => {
    const late = [begun, rejected("last"), past, asked("last")];
    expect(decided(approve, ...late)).toMatchObject([{ name: "last" }]);
  });

  it("is no use once the saga turns back", () => {
    expect(() => decided(approve, asked("p/legal"), turned)).toThrow(refusal("NOT_WAITING"));
  });

  it("can be no refusal behind the pivot", () => {
    expect(() => decided(reject, begun, past, asked("last"))).toThrow(refusal("PAST_PIVOT"));
    expect(decided(approve, begun, past, asked("last"))).toHaveLength(1);
  });
});

describe("a signal", () => {
  const signal = { type: "signal", step: "p/paid", by: "bank" } as const;

  it("is recorded as JSON would say it, also before it is waited for", () => {
    const value = { at: new Date(0), nothing: undefined };
    expect(decided({ ...signal, value })).toMatchObject([
      {
        event: "signal_received",
        name: "p/paid",
        by: "bank",
        value: { at: "1970-01-01T00:00:00.000Z" },
      },
    ]);
    expect(decided(signal)[0]).not.toHaveProperty("value");
  });

  it("is refused when nobody waits for it", () => {
    const done = newEvent("step_completed", 0, { step: "p/paid", attempt: 1 });
    const hint = "name one of p/paid";
    expect(() => decided({ ...signal, step: "paid" })).toThrow(refusal("NOT_WAITING", hint));
    expect(() => decided(signal, done)).toThrow(refusal("NOT_WAITING"));
    expect(() => decided(signal, turned)).toThrow(refusal("NOT_WAITING"));
  });
});

describe("a person's help", () => {
  const resolve = { type: "resolve", how: "settled", ...WORD } as const;
  const started = newEvent("step_started", 0, { step: "a", attempt: 1, key: "" });

  it("is for everything that needs attention, or for what is named", () => {
    expect(decided(resolve, started, needed)).toMatchObject([
      { event: "attention_resolved", steps: ["a"], how: "settled", ...WORD },
    ]);
  });

  it("is refused where none is needed", () => {
    expect(() => decided(resolve)).toThrow(refusal("NOT_WAITING"));
    expect(() => decided({ ...resolve, steps: ["pivot"] }, started, needed)).toThrow(
      refusal("NOT_WAITING"),
    );
  });
});

it.each<SagaCommand>([
  { type: "cancel", ...WORD },
  { type: "approve", ...WORD },
  { type: "reject", ...WORD },
  { type: "signal", step: "p/paid", by: "bank" },
  { type: "resolve", how: "retry", ...WORD },
])("$type is refused when the saga has ended", (command) => {
  expect(() => decided(command, over)).toThrow(refusal("NOT_WAITING", "start a new saga"));
});
