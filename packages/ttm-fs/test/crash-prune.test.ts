import { crashStates } from "@tetra/durable-fs/testing";
import { expect, it } from "vitest";
import { openSimulated } from "./invariants.ts";
import { diskBefore, runStory } from "./scenarios.ts";

const LONG_AGO = { olderThanMs: 0, nowMs: Date.UTC(2026, 5, 1) };

it("never brings back what was pruned, though a journal had named it", async () => {
  const disk = await diskBefore({ name: "empty", run: () => Promise.resolve() });
  const states = crashStates<string>({
    disk,
    async run(fs, note) {
      await runStory(
        {
          name: "two finished ones",
          async run({ create, manager }) {
            const ids = await Promise.all(["a", "b"].map((name) => create(name)));
            await Promise.all(ids.map((id) => manager.commit(id)));
          },
        },
        fs,
        () => undefined,
      );
      const store = await openSimulated(fs, { seed: "p" });
      for (const id of await store.prune(LONG_AGO)) note(id);
      await store.close();
    },
  });
  let cuts = 0;
  for await (const { disk: left, notes, story } of states) {
    if (notes.length === 0) continue;
    for (const cut of left.powerCuts({ limit: 24 })) {
      cuts += 1;
      const store = await openSimulated(cut.fs("checker"), { boot: "boot-2", seed: "c" });
      await store.recover();
      expect(await store.find(""), `${story}\n${cut.story()}`).toEqual([]);
      await store.close();
    }
  }
  expect(cuts).toBeGreaterThan(0);
});
