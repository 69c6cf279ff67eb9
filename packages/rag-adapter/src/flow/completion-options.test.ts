import fc from "fast-check";
import { expect, it } from "vitest";
import { parseCompletion } from "./completion-options.ts";

const NOTHING = { lessons: [], artifacts: [], tags: [] };

it.each([
  [[], { completion: NOTHING }],
  [["t-1"], { id: "t-1", completion: NOTHING }],
  [[""], { completion: NOTHING }],
  [["--outcome", "failed"], { completion: { ...NOTHING, outcome: "failed" } }],
  [["-o", "partial", "t-1"], { id: "t-1", completion: { ...NOTHING, outcome: "partial" } }],
  [
    ["--effort=30", "-l", "--odd"],
    { completion: { ...NOTHING, lessons: ["--odd"], effortMinutes: 30 } },
  ],
  [["--what", "t-1", "more"], { id: "t-1", completion: NOTHING }],
  [["--", "-t-1"], { id: "-t-1", completion: NOTHING }],
  [["-o", "a", "-o", "b"], { completion: { ...NOTHING, outcome: "b" } }],
])("%j asks for %j", (words, request) => {
  expect(parseCompletion(words)).toEqual(request);
});

it.each([
  [["--outcome"]],
  [["t-1", "-l"]],
  [["-e", "soon"]],
  [["--effort", "-5"]],
  [["--effort="]],
])("%j is refused", (words) => {
  expect(() => parseCompletion(words)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
});

it("says the same in whatever order it is said", () => {
  const parts = [
    ["t-1"],
    ["--outcome", "partial"],
    ["-l", "one"],
    ["-a", "p.diff"],
    ["-t", "x"],
    ["-e", "7"],
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(parts, { minLength: parts.length }), (shuffled) => {
      expect(parseCompletion(shuffled.flat())).toEqual(parseCompletion(parts.flat()));
    }),
  );
});
