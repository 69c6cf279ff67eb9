import { TetraError } from "@tetra/errors";
import { describe, expect, it } from "vitest";
import { bench, onlyId, quiet, refusal, saga, step, textOf } from "../../test/saga-bench.ts";
import type { TransactionStore } from "../ports.ts";
import type { MemoryStore } from "../testing/memory-store.ts";
import type { Action, ActionCall } from "./action.ts";

describe("results", () => {
  it("are handed on, and are those of the log", async () => {
    const here = bench({ actions: { make: () => ({ at: new Date(0), list: [1] }) } });
    const data = { at: { $result: ["a", "at"] } } as const;
    const { results } = await here.engine.run(
      saga(step("a", { action: "make" }), step("b", { data })),
    );
    expect(here.calls[1]?.data).toEqual({ at: "1970-01-01T00:00:00.000Z" });
    expect(here.calls[1]?.results).toEqual({ a: { at: "1970-01-01T00:00:00.000Z", list: [1] } });
    expect(results).toMatchObject({ a: { at: "1970-01-01T00:00:00.000Z" } });
  });

  it("are safe from what an action does to those it got", async () => {
    const spoil: Action = ({ results }) => {
      Object.assign(Object(results["a"]), { made: "spoiled" });
    };
    const here = bench({ actions: { spoil } });
    await here.engine.run(saga(step("a"), step("b", { action: "spoil" }), step("c")));
    expect(here.calls[2]?.results).toMatchObject({ a: { made: "a" } });
  });

  it("that are large are artifacts, and handed on all the same", async () => {
    const pad = "x".repeat(20_000);
    const here = bench({ actions: { make: () => ({ pad }) } });
    const { id } = await here.engine.run(saga(step("a", { action: "make" }), step("b")));
    expect(here.calls[1]?.results).toEqual({ a: { pad } });
    expect(await here.store.listArtifacts(id)).toEqual(["results/a.json"]);
    expect(await textOf(here)).not.toContain(pad);
  });
  it("that cannot be kept because the store fails are nobody's failure", async () => {
    const full = (store: MemoryStore): TransactionStore => ({
      ...store,
      putArtifact: () => Promise.reject(new TetraError("IO", "the disk is full")),
    });
    const make: Action = () => ({ pad: "x".repeat(20_000) });
    const here = bench({ actions: { make }, wrap: full });
    const ended = here.engine.run(saga(step("a", { action: "make" })));
    await expect(ended).rejects.toThrow(refusal("IO"));
    expect(await textOf(here)).not.toContain("step_failed");
  });
});

describe("secrets", () => {
  const leak: Action = ({ data, log }) => {
    log(`using ${JSON.stringify(data)}`);
    return Promise.reject(new Error(`refused ${JSON.stringify(data)}`));
  };
  const secrets = { read: async (reference: string) => `s3cret of ${reference}` };

  it("reach the action, and neither the log nor an error nor a result", async () => {
    const tell: Action = ({ data }) => ({ told: data });
    const here = bench({ actions: { leak, tell }, ports: { secrets } });
    const data = { token: { $secret: "env:TOKEN" } };
    const view = await here.engine.run(
      saga(step("a", { action: "tell", data }), step("b", { action: "leak", data })),
    );
    expect(here.calls[0]?.data).toEqual({ token: "s3cret of env:TOKEN" });
    expect(await textOf(here)).not.toContain("s3cret");
    expect(JSON.stringify(view)).not.toContain("s3cret");
    expect(view.failure?.error).toBe('refused {"token":"***"}');
    expect(view.steps[1]?.progress?.message).toBe('using {"token":"***"}');
  });

  it("of one step are masked in what its neighbour says, from the first word on", async () => {
    const gossip: Action = () => ({ heard: "s3cret of env:TOKEN" });
    const here = bench({ actions: { gossip }, ports: { secrets } });
    const data = { token: { $secret: "env:TOKEN" } };
    const steps = [step("a", { data }), step("b", { action: "gossip" })];
    await here.engine.run(saga({ type: "parallel", name: "p", steps }));
    expect(await textOf(here)).not.toContain("s3cret");
  });

  it("that are missing are the step's failure", async () => {
    const here = bench();
    const view = await here.engine.run(saga(step("a", { data: { $secret: "env:TOKEN" } })));
    expect(view).toMatchObject({ status: "rolled_back", failure: { step: "a" } });
    expect(here.called).toEqual([]);
  });
});

describe("progress", () => {
  it("is recorded while a call is under way, at most four times a second", async () => {
    let say: ActionCall["log"] = () => {};
    let finish: () => void = () => {};
    const slow: Action = ({ log }) => {
      say = log;
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    };
    const here = bench({ actions: { slow } });
    const ended = here.engine.run(saga(step("a", { action: "slow" })));
    const id = await onlyId(here);
    say("a third", 0.33);
    await quiet();
    say("half", 0.5);
    say("more than half", 0.6);
    await quiet();
    expect((await here.engine.view(id)).steps[0]?.progress).toEqual({
      message: "a third",
      fraction: 0.33,
    });
    here.clock.advance(250);
    await quiet();
    expect((await here.engine.view(id)).steps[0]?.progress).toMatchObject({ fraction: 0.6 });
    finish();
    expect(await ended).toMatchObject({ status: "committed" });
  });
});
