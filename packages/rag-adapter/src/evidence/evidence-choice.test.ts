import fc from "fast-check";
import { expect, it } from "vitest";
import { chosen, parseChoice } from "./evidence-choice.ts";
import { evidenceAmong } from "./evidence-name.ts";

const EVIDENCE = evidenceAmong([
  "100_auth_ts.evidence.md",
  "110_config_toml.evidence.md.skip",
  "120_auth_test_ts.evidence.link",
]);

it.each([
  ["110", [110]],
  ["100-110", [100, 110]],
  ["115-119", []],
  ["auth", [100, 120]],
  ["auth*", [100, 120]],
  ["*_toml", [110]],
  ["1?0_auth_ts*", [100]],
  ["AUTH", []],
])("%j means %j", (text, ranks) => {
  expect(chosen(EVIDENCE, parseChoice(text)).map(({ rank }) => rank)).toEqual(ranks);
});

it.each(["", "130-100"])("%j chooses nothing and is refused", (text) => {
  expect(() => parseChoice(text)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
});

it("a pattern matches what the same regular expression does", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "_"), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), minLength: 1 });
  fc.assert(
    fc.property(text, pattern, (name, glob) => {
      fc.pre(/[*?]/.test(glob));
      const expected = new RegExp(`^${glob.replaceAll("*", "[^]*").replaceAll("?", "[^]")}$`);
      const evidence = evidenceAmong([`100_${name}.evidence.md`]);
      const isMeant = chosen(evidence, parseChoice(glob)).length === 1;
      expect(isMeant).toBe(expected.test(name) || expected.test(`100_${name}.evidence.md`));
    }),
  );
});

it("a pattern of many stars takes no time", () => {
  const evidence = evidenceAmong([`100_${"a".repeat(150)}.evidence.md`]);
  expect(chosen(evidence, parseChoice(`${"*a".repeat(60)}b`))).toEqual([]);
});
