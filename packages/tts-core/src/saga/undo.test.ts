import { TetraError } from "@tetra/errors";
import { describe, expect, it } from "vitest";
import { bench, step, saga, refusal } from "../../test/saga-bench.ts";
import type { TransactionStore } from "../ports.ts";
import type { MemoryStore } from "../testing/memory-store.ts";

describe("undoing a committed saga", () => {
  const definition = saga(step("a"), step("b"), { type: "step", name: "keep", action: "do" });

  it("calls the compensations in reverse, in a transaction of its own, linked both ways", async () => {
    const here = bench();
    const done = await here.engine.run(definition);
    const undone = await here.engine.undo(done.id);
    expect(here.called.slice(3)).toEqual(["undo b", "undo a"]);
    expect(here.calls[3]).toMatchObject({ result: { made: "b" }, txn: undone.id });
    expect(undone).toMatchObject({ status: "committed", undoes: done.id, compensated: ["a", "b"] });
    expect(await here.engine.view(done.id)).toMatchObject({
      status: "committed",
      undoneBy: undone.id,
    });
  });

  it("is done once, however often it is asked for", async () => {
    const here = bench();
    const { id } = await here.engine.run(definition);
    const first = await here.engine.undo(id);
    const second = await here.engine.undo(id);
    expect(second.id).toBe(first.id);
    expect(here.called).toHaveLength(5);
  });

  it("goes on after a crash between the claim and the transaction", async () => {
    const dying = (store: MemoryStore): TransactionStore => ({
      ...store,
      create: () => Promise.reject(new TetraError("IO", "it died")),
    });
    const here = bench({ wrap: dying });
    const { id } = await here.engine.run(definition);
    await expect(here.engine.undo(id)).rejects.toThrow(refusal("IO"));
    const claimed = (await here.engine.view(id)).undoneBy;
    expect(await here.other().undo(id)).toMatchObject({ id: claimed, status: "committed" });
  });

  it("does not take another's transaction for its own", async () => {
    const here = bench();
    const { id: one } = await here.engine.run(definition);
    const { id: two } = await here.engine.run(definition);
    const views = await Promise.all([here.engine.undo(one), here.other().undo(two)]);
    expect(views).toMatchObject([{ undoes: one }, { undoes: two }]);
    expect(new Set(views.map(({ id }) => id)).size).toBe(2);
  });

  it("is refused for what was not committed, is an undo itself, or is behind a pivot", async () => {
    const here = bench();
    const failed = await here.engine.run(saga(step("a", { action: "fail" })));
    await expect(here.engine.undo(failed.id)).rejects.toThrow(refusal("NOT_WAITING"));
    const { id } = await here.engine.run(definition);
    const undone = await here.engine.undo(id);
    await expect(here.engine.undo(undone.id)).rejects.toThrow(refusal("NOT_WAITING"));
    const pivoted = await here.engine.run(saga(step("a", { pivot: true })));
    await expect(here.engine.undo(pivoted.id)).rejects.toThrow(refusal("PAST_PIVOT"));
  });

  it("reads results that are artifacts of the other transaction", async () => {
    const pad = "x".repeat(20_000);
    const here = bench({ actions: { make: () => ({ pad }) } });
    const { id } = await here.engine.run(saga(step("a", { action: "make" })));
    await here.engine.undo(id);
    expect(here.calls[1]?.result).toEqual({ pad });
  });
});
