import { expect, it } from "vitest";
import { conformanceCases } from "./conformance.ts";
import { memoryStore } from "./memory-store.ts";

const cases = conformanceCases(async () => {
  const store = memoryStore();
  return { store, reopen: async () => store.reopen(), cleanup: async () => {} };
});

it.each(cases)("$name", async ({ run }) => {
  await expect(run()).resolves.toBeUndefined();
});
