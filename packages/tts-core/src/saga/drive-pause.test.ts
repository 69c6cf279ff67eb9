import { expect, it } from "vitest";
import { bench, inTime, quiet, saga, step } from "../../test/saga-bench.ts";
import type { Action } from "./action.ts";
import type { SagaNode } from "./definition.ts";

// what a drive does that was told to pause

it("lets every call under way end, records that, and begins no more", async () => {
  const ends: (() => void)[] = [];
  const slow: Action = () => new Promise((resolve) => ends.push(() => resolve("done")));
  const here = bench({ actions: { slow } });
  const pause = new AbortController();
  const both: SagaNode = {
    type: "parallel",
    name: "both",
    steps: [step("x", { action: "slow" }), step("y", { action: "slow" })],
  };
  const ended = here.engine.run(saga(both, step("z")), { pause: pause.signal });
  await quiet();
  pause.abort();
  ends[0]?.();
  await quiet();
  expect(here.called.toSorted()).toEqual(["both/x", "both/y"]);
  ends[1]?.();

  const view = await ended;
  expect(view).toMatchObject({ status: "running", completed: ["both/x", "both/y"] });
  expect(here.called.length).toBe(2);
  expect(await here.other().resume(view.id)).toMatchObject({ status: "committed" });
  expect(here.called.slice(2)).toEqual(["z"]);
  expect(here.calls.at(-1)).toMatchObject({ attempt: 1 }); // it was not recorded as begun before
});

it("leaves another attempt, and undoing, to whoever resumes it", async () => {
  const pause = new AbortController();
  const flaky: Action = ({ attempt }) => {
    pause.abort();
    return attempt === 1 ? Promise.reject(new Error("busy")) : "done";
  };
  const here = bench({ actions: { flaky } });
  const retry = { maxAttempts: 2, firstMs: 1000 };
  const again = await here.engine.run(saga(step("a", { action: "flaky", retry })), {
    pause: pause.signal,
  });
  expect(again.completed).toEqual([]);
  expect(here.called).toEqual(["a"]);

  const back = await here.engine.run(saga(step("b"), step("c", { action: "fail" })), {
    pause: pause.signal,
  });
  expect(await here.other().resume(back.id)).toMatchObject({ status: "rolled_back" });
  expect(await inTime(here, here.other().resume(again.id))).toMatchObject({
    status: "committed",
  });
});

it("records the end of the saga during the last step", async () => {
  const pause = new AbortController();
  const here = bench({ actions: { last: () => pause.abort() } });
  const ended = here.engine.run(saga(step("a", { action: "last" })), { pause: pause.signal });
  expect(await ended).toMatchObject({ status: "committed" });
});

it("ends a drive that does nothing but wait", async () => {
  const pause = new AbortController();
  const here = bench();
  const paid: SagaNode = { type: "signal", name: "paid" };
  const ended = here.engine.run(saga(paid), { pause: pause.signal });
  await quiet();
  pause.abort();

  expect(await ended).toMatchObject({ status: "waiting" });
});
