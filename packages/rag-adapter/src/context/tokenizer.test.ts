import { expect, it } from "vitest";
import { ENCODINGS, loadTokenizer } from "./tokenizer.ts";

it.each([
  ["o200k_base", 12],
  ["cl100k_base", 12],
])("counts as %s does", async (encoding, most) => {
  const { count } = await loadTokenizer(encoding);
  expect(count("")).toBe(0);
  expect(count("hello world")).toBe(2);
  expect(count("The quick brown fox jumps over the lazy dog.")).toBeLessThanOrEqual(most);
});

it("takes special tokens for text", async () => {
  const { count } = await loadTokenizer();
  expect(count("<|endoftext|>")).toBeGreaterThan(1);
});

it("counts long runs without boundaries in a moment", { timeout: 60_000 }, async () => {
  const { count } = await loadTokenizer();
  const began = performance.now();
  for (const text of ["a", " ", "\n", "="])
    expect(count(text.repeat(400_000))).toBeGreaterThan(1000);
  expect(performance.now() - began).toBeLessThan(20_000);
});

it("refuses an encoding that it does not know, and names those it does", async () => {
  await expect(loadTokenizer("gpt-9")).rejects.toMatchObject({
    code: "INVALID_INPUT",
    hint: `use one of ${ENCODINGS.join(", ")}`,
  });
});
