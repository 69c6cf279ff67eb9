import { TetraError } from "@tetra/errors";
import { describe, expect, it } from "vitest";
import {
  START_MS,
  GRACE_MS,
  DAY_MS,
  WORD,
  bench,
  step,
  saga,
  deaf,
  obedient,
  quiet,
  onlyId,
  textOf,
  inTime,
  refusal,
} from "../../test/saga-bench.ts";
import type { TransactionStore } from "../ports.ts";
import type { MemoryStore } from "../testing/memory-store.ts";
import type { Action } from "./action.ts";
import type { SagaNode } from "./definition.ts";

describe("a saga", () => {
  it("calls its steps in order and is committed", async () => {
    const here = bench();
    const view = await here.engine.run(saga(step("a"), step("b"), step("c")));
    expect(here.called).toEqual(["a", "b", "c"]);
    expect(view).toMatchObject({ status: "committed", completed: ["a", "b", "c"], waiting: [] });
    expect((await here.store.load(view.id)).state.stage).toBe("DONE");
  });

  it("undoes what was done in reverse when a step fails, and says why", async () => {
    const here = bench();
    const view = await here.engine.run(saga(step("a"), step("b"), step("c", { action: "fail" })));
    expect(here.called).toEqual(["a", "b", "c", "undo b", "undo a"]);
    expect(view).toMatchObject({
      status: "rolled_back",
      compensated: ["a", "b"],
      failure: { step: "c", error: "disk full", reason: "step" },
    });
    expect((await here.store.load(view.id)).state).toMatchObject({
      stage: "FAIL",
      last_error: "c: disk full",
    });
  });

  it("tries a step again after its pauses, always with the same key", async () => {
    const flaky: Action = ({ attempt }) =>
      attempt < 3 ? Promise.reject(new Error("busy")) : { attempt };
    const here = bench({ actions: { flaky } });
    const retry = { maxAttempts: 3, firstMs: 1000 };
    const view = await inTime(here, here.engine.run(saga(step("a", { action: "flaky", retry }))));
    expect(here.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(here.calls.map(({ idempotencyKey }) => idempotencyKey))).toEqual(
      new Set([`${view.id}/a`]),
    );
    expect(here.clock.now()).toBe(START_MS + 500 + 1000);
  });

  it("undoes a step with its own result, under another key", async () => {
    const here = bench();
    const { id } = await here.engine.run(saga(step("a"), step("b", { action: "fail" })));
    expect(here.calls[2]).toMatchObject({
      result: { made: "a", attempt: 1 },
      idempotencyKey: `${id}/a/undo`,
    });
  });

  it("takes a result that is no JSON for a step that may have acted", async () => {
    const here = bench({ actions: { odd: () => 12n } });
    const view = await here.engine.run(saga(step("a", { action: "odd" })));
    expect(here.called).toEqual(["a", "undo a"]);
    expect(view.failure?.error).toBe("its result is no JSON");
  });
});

describe("a step whose time is over", () => {
  it("is told to stop, and undone, because it may have acted", async () => {
    const here = bench({ actions: { obedient } });
    const slow = step("b", { action: "obedient", timeoutMs: 1000 });
    const view = await inTime(here, here.engine.run(saga(step("a"), slow)));
    expect(view).toMatchObject({
      status: "rolled_back",
      failure: { error: "timed out after 1 s" },
    });
    expect(here.called).toEqual(["a", "b", "undo b", "undo a"]);
  });

  it("is given up although it hears nothing", async () => {
    const here = bench({ actions: { deaf } });
    const slow = step("b", { action: "deaf", timeoutMs: 1000 });
    const view = await inTime(here, here.engine.run(saga(step("a"), slow)));
    expect(view).toMatchObject({ status: "rolled_back", compensated: ["a", "b"] });
    expect(here.clock.now()).toBe(START_MS + 1000 + GRACE_MS);
  });
});

describe("a saga whose time is over", () => {
  it("interrupts what is under way, waits for it, and turns back", async () => {
    const here = bench({ actions: { deaf } });
    const whole = { ...saga(step("a"), step("b", { action: "deaf" })), timeoutMs: 60_000 };
    const view = await inTime(here, here.engine.run(whole));
    expect(view).toMatchObject({ status: "rolled_back", failure: { reason: "timeout" } });
    expect(here.clock.now()).toBe(START_MS + 60_000 + GRACE_MS);
    expect(here.called).toEqual(["a", "b", "undo b", "undo a"]);
  });

  it("counts the time during which nobody drove it", async () => {
    const here = bench();
    const nap: SagaNode = { type: "sleep", name: "nap", forMs: 90_000 };
    const whole = { ...saga(step("a"), nap), timeoutMs: 60_000 };
    const { id } = await here.engine.run(whole, { stays: false });
    here.clock.advance(60_000);
    expect(await here.other().resume(id)).toMatchObject({ failure: { reason: "timeout" } });
  });
});

describe("steps in parallel", () => {
  it("begin together, and one that fails stops the others before anything is undone", async () => {
    const here = bench({ actions: { obedient } });
    const group: SagaNode = {
      type: "parallel",
      name: "p",
      steps: [step("b", { action: "obedient" }), step("c", { action: "fail" }), step("d")],
    };
    const view = await here.engine.run(saga(step("a"), group));
    expect(here.called.slice(0, 4)).toEqual(["a", "p/b", "p/c", "p/d"]);
    expect(here.called.slice(4).toSorted()).toEqual(["undo a", "undo p/b", "undo p/d"]);
    expect(here.called.at(-1)).toBe("undo a");
    expect(view).toMatchObject({ status: "rolled_back", failure: { step: "p/c" } });
  });

  it("that are told to stop before they began are not called", async () => {
    const actions = { fail: () => Promise.reject(new Error("no")) };
    let isFree = (): void => {};
    let reads = 0;
    const secrets = {
      // once to know what to mask, then for the step itself
      read: () => {
        reads += 1;
        if (reads === 1) return Promise.resolve("s3cret");
        return new Promise<string>((resolve) => {
          isFree = () => resolve("s3cret");
        });
      },
    };
    const here = bench({ actions, ports: { secrets } });
    const slow = step("b", { data: { $secret: "env:TOKEN" } });
    const steps = [slow, step("c", { action: "fail" })];
    const ended = here.engine.run(saga({ type: "parallel", name: "p", steps }));
    await quiet();
    isFree();
    expect(await ended).toMatchObject({ status: "rolled_back" });
    expect(here.called).toEqual(["p/c"]);
  });
});

describe("cancelling", () => {
  it("interrupts what is under way, and undoes the rest", async () => {
    const here = bench({ actions: { obedient } });
    const ended = here.engine.run(saga(step("a"), step("b", { action: "obedient" })));
    const id = await onlyId(here);
    here.clock.advance(50); // from then on its runner follows the log
    await quiet();
    expect(await here.other().cancel(id, WORD)).toMatchObject({ cancelled: WORD });
    expect(await ended).toMatchObject({
      status: "rolled_back",
      failure: { reason: "cancelled", error: "cancelled by ann: because" },
    });
    expect(here.called).toEqual(["a", "b", "undo b", "undo a"]);
  });

  it("reaches a step that waits to be tried again", async () => {
    const here = bench();
    const retry = { maxAttempts: 9, firstMs: DAY_MS, maxMs: DAY_MS };
    const ended = here.engine.run(saga(step("a"), step("b", { action: "fail", retry })));
    const id = await onlyId(here);
    here.clock.advance(50);
    await quiet();
    await here.other().cancel(id, WORD);
    expect(await ended).toMatchObject({ status: "rolled_back" });
    expect(here.called).toEqual(["a", "b", "undo a"]);
    expect(here.clock.now()).toBe(START_MS + 50);
  });

  it("is refused behind the pivot", async () => {
    const here = bench();
    const ask: SagaNode = { type: "approval", name: "ask" };
    const pivoted = saga(step("a", { pivot: true }), ask);
    const { id } = await here.engine.run(pivoted, { stays: false });
    await expect(here.engine.cancel(id, WORD)).rejects.toThrow(refusal("PAST_PIVOT"));
    await expect(here.engine.rollback(id, WORD)).rejects.toThrow(refusal("PAST_PIVOT"));
  });

  it("is heard although it comes while the runner reads about something else", async () => {
    let meanwhile = async (): Promise<void> => {};
    const slow = (store: MemoryStore): TransactionStore => ({
      ...store,
      async read(id, from) {
        const lines = await store.read(id, from);
        await meanwhile();
        return lines;
      },
    });
    const here = bench({ wrap: slow });
    const steps: readonly SagaNode[] = ["x", "y"].map((name) => ({ type: "signal", name }));
    const ended = here.engine.run(saga(step("a"), ...steps));
    const id = await onlyId(here);
    here.clock.advance(50);
    await quiet();
    meanwhile = async () => {
      meanwhile = async () => {};
      await here.other().cancel(id, WORD);
      await quiet();
    };
    // nothing to do about this one yet; and time does not pass
    await here.other().signal(id, { step: "y", by: "bank" });
    expect(await ended).toMatchObject({ status: "rolled_back" });
  });

  it("by hand undoes a saga that nobody drives", async () => {
    const here = bench();
    const ask: SagaNode = { type: "approval", name: "ask" };
    const { id } = await here.engine.run(saga(step("a"), ask), { stays: false });
    expect(await here.other().rollback(id, WORD)).toMatchObject({ status: "rolled_back" });
    expect(here.called).toEqual(["a", "undo a"]);
  });
});

describe("waiting for people and for time", () => {
  const ask: SagaNode = { type: "approval", name: "ask", message: "Ship it?" };

  it("for an approval goes on when somebody gives it, and records who and why", async () => {
    const here = bench();
    const ended = here.engine.run(saga(ask, step("a")));
    const id = await onlyId(here);
    expect(await here.engine.view(id)).toMatchObject({
      status: "waiting",
      waiting: [{ type: "approval", step: "ask" }],
    });
    here.clock.advance(50);
    await quiet();
    await here.other().approve(id, WORD);
    expect(await ended).toMatchObject({ status: "committed", results: { ask: WORD } });
  });

  it("turns back when somebody refuses, and says who and why", async () => {
    const here = bench();
    const { id } = await here.engine.run(saga(step("a"), ask), { stays: false });
    await here.engine.reject(id, WORD);
    expect(await here.engine.resume(id)).toMatchObject({
      status: "rolled_back",
      failure: { step: "ask", reason: "rejected", error: "rejected by ann: because" },
    });
    expect(here.called).toEqual(["a", "undo a"]);
  });

  it("for a signal hands on what it said", async () => {
    const here = bench();
    const paid: SagaNode = { type: "signal", name: "paid" };
    const { id } = await here.engine.run(saga(paid, step("a")), { stays: false });
    await here.engine.signal(id, { step: "paid", value: { euros: 7 }, by: "bank" });
    expect(await here.engine.resume(id)).toMatchObject({ status: "committed" });
    expect(here.calls[0]?.results).toEqual({ paid: { euros: 7 } });
  });

  it("for a week takes a week, also over a restart in the middle", async () => {
    const here = bench();
    const nap: SagaNode = { type: "sleep", name: "nap", forMs: 7 * DAY_MS };
    const { id, waiting } = await here.engine.run(saga(nap, step("a")), { stays: false });
    const untilMs = START_MS + 7 * DAY_MS;
    expect(waiting).toEqual([{ type: "sleep", step: "nap", untilMs }]);
    here.clock.advance(3 * DAY_MS);
    const view = await inTime(here, here.other().resume(id));
    expect(view.status).toBe("committed");
    expect(here.clock.now()).toBe(untilMs);
  });
});

describe("what cannot be undone", () => {
  const undoBadly = { undoBadly: () => Promise.reject(new Error("still there")) };
  const bad = step("b", {
    compensate: { action: "undoBadly", retry: { maxAttempts: 2, firstMs: 100 } },
  });
  const definition = saga(step("a"), bad, step("c", { action: "fail" }));

  it("needs a person, while the others go on; the saga stays open until then", async () => {
    const here = bench({ actions: undoBadly });
    const view = await inTime(here, here.engine.run(definition));
    expect(here.called).toEqual(["a", "b", "c", "undo b", "undo b", "undo a"]);
    expect(view).toMatchObject({
      status: "attention",
      attention: [{ step: "b", reason: "could not be undone: still there" }],
      compensated: ["a"],
    });
    expect((await here.store.load(view.id)).state.stage).toBe("EXECUTE");
    await here.engine.resolve(view.id, { ...WORD, how: "settled" });
    expect(await here.engine.resume(view.id)).toMatchObject({ status: "rolled_back" });
  });

  it("is tried again with all its retries when the person says so", async () => {
    let isBroken = true;
    const undoBadly2: Action = () => (isBroken ? Promise.reject(new Error("no")) : undefined);
    const here = bench({ actions: { undoBadly: undoBadly2 } });
    const { id } = await inTime(here, here.engine.run(definition));
    isBroken = false;
    await here.engine.resolve(id, { ...WORD, how: "retry" });
    expect(await here.engine.resume(id)).toMatchObject({ status: "rolled_back", attention: [] });
  });
});

describe("a store that fails", () => {
  /** Fails at the first append that holds this event. */
  const failing =
    (name: string) =>
    (store: MemoryStore): TransactionStore => ({
      ...store,
      async append(id, revision, events, options) {
        if (events.some(({ event }) => event === name))
          throw new TetraError("IO", "the disk is gone");
        return store.append(id, revision, events, options);
      },
    });

  it("stops the drive, and is never taken for a step's failure", async () => {
    const here = bench({ wrap: failing("step_completed") });
    await expect(here.engine.run(saga(step("a"), step("b")))).rejects.toThrow(refusal("IO"));
    expect(await textOf(here)).not.toContain("step_failed");
    const id = await onlyId(here);
    const view = await here.other().resume(id);
    expect(view).toMatchObject({ status: "committed" });
    expect(here.calls.map(({ attempt, idempotencyKey }) => [attempt, idempotencyKey])).toEqual([
      [1, `${id}/a`],
      [2, `${id}/a`],
      [1, `${id}/b`],
    ]);
  });

  it("has its calls stopped before the lease is given back", async () => {
    const here = bench({ actions: { deaf }, wrap: failing("step_completed") });
    const steps = [step("b", { action: "deaf" }), step("c")];
    const ended = here.engine.run(saga({ type: "parallel", name: "p", steps }));
    ended.catch(() => {});
    const id = await onlyId(here);
    await expect(here.other().resume(id)).rejects.toThrow(refusal("BUSY"));
    expect(here.calls[0]?.signal.aborted).toBe(true);
    here.clock.advance(GRACE_MS);
    await expect(ended).rejects.toThrow(refusal("IO"));
    await expect(
      here.other().resume(id, { stays: false, signal: AbortSignal.abort() }),
    ).resolves.toMatchObject({ id });
  });
});

describe("a runner", () => {
  it("records how a call ended although somebody else wrote first", async () => {
    let finish: () => void = () => {};
    const slow: Action = () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      });
    const here = bench({ actions: { slow } });
    const paid: SagaNode = { type: "signal", name: "paid" };
    const ended = here.engine.run(saga(step("a", { action: "slow" }), paid));
    const id = await onlyId(here);
    await here.other().signal(id, { step: "paid", by: "bank" });
    finish();
    expect(await ended).toMatchObject({ status: "committed" });
    expect(here.called).toEqual(["a"]);
  });

  it("that is told to stop leaves the saga where it is, for somebody else", async () => {
    const here = bench({ actions: { obedient } });
    const stop = new AbortController();
    const ended = here.engine.run(saga(step("a"), step("b", { action: "obedient" })), {
      signal: stop.signal,
    });
    const id = await onlyId(here);
    stop.abort();
    expect(await ended).toMatchObject({ status: "running" });
    const view = await here.other({ actions: { find: () => () => "done" } }).resume(id);
    expect(view).toMatchObject({ status: "committed", results: { b: "done" } });
  });

  it("is alone: another one is refused", async () => {
    const here = bench({ actions: { obedient } });
    const stop = new AbortController();
    const ended = here.engine.run(saga(step("a", { action: "obedient" })), { signal: stop.signal });
    const id = await onlyId(here);
    await expect(here.other().resume(id)).rejects.toThrow(refusal("BUSY"));
    stop.abort();
    await ended;
  });

  it("whose lease another one took stops, and records nothing more", async () => {
    let release = async (): Promise<void> => {};
    const losing = (store: MemoryStore): TransactionStore => ({
      ...store,
      async createLeased(id, events, runner, options) {
        const lease = await store.createLeased(id, events, runner, options);
        release = () => lease.release();
        return lease;
      },
    });
    let finish: () => void = () => {};
    const slow: Action = () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      });
    const here = bench({ actions: { slow }, wrap: losing });
    const ended = here.engine.run(saga(step("a", { action: "slow" })));
    const id = await onlyId(here);
    await release();
    await here.other({ actions: { find: () => () => "theirs" } }).resume(id);
    finish();
    await expect(ended).rejects.toThrow(refusal("LEASE_LOST"));
    expect(await here.engine.view(id)).toMatchObject({
      status: "committed",
      results: { a: "theirs" },
    });
  });

  it("leaves no timer behind", async () => {
    const here = bench();
    const retry = { maxAttempts: 2, firstMs: 100 };
    await inTime(
      here,
      here.engine.run(saga(step("a"), step("b", { action: "fail", retry, timeoutMs: 9 }))),
    );
    await quiet();
    expect(here.clock.advanceToNext()).toBe(false);
  });
});
