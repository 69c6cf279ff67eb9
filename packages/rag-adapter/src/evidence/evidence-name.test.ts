import fc from "fast-check";
import { expect, it } from "vitest";
import {
  evidenceAmong,
  evidenceKind,
  formatEvidenceName,
  nextRank,
  parseEvidenceName,
  rebasePlan,
} from "./evidence-name.ts";

it.each([
  ["src/Auth.Service.ts", "auth_service_ts"],
  ["/etc/hosts", "hosts"],
  [".env", "_env"],
  ["a/ÜBER b.md", "über b_md"],
  ["a\nb", "a_b"],
])("the kind of %j is %j", (source, kind) => {
  expect(evidenceKind(source)).toBe(kind);
});

it.each([
  ["100_auth_ts.evidence.md", 100, "auth_ts", "file", true],
  ["110_auth_ts.evidence.md.skip", 110, "auth_ts", "file", false],
  ["1000_a.evidence.b.evidence.link", 1000, "a.evidence.b", "link", true],
] as const)("%j is read as it was written", (name, rank, kind, form, isActive) => {
  expect(parseEvidenceName(name)).toEqual({ rank, kind, form, isActive });
  expect(formatEvidenceName({ rank, kind, form, isActive })).toBe(name);
});

it.each(["README.md", "x_a.evidence.md", "100_a.evidence.txt", "100_a.md", ".lock"])(
  "%j is no evidence",
  (name) => {
    expect(parseEvidenceName(name)).toBeUndefined();
  },
);

it("ranks begin at 100 and go on ten above the highest, what is switched off included", () => {
  expect(nextRank([])).toBe(100);
  const there = evidenceAmong(["100_a.evidence.md", "130_b.evidence.md.skip", "note.md"]);
  expect(nextRank(there)).toBe(140);
});

it("names stay within what a file system takes, whatever the source is called", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), (source) => {
      const kind = evidenceKind(source);
      const name = formatEvidenceName({ rank: 1e14, kind, form: "link", isActive: false });
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
      expect(name).not.toContain("/");
    }),
  );
});

const kind = fc.constantFrom("a", "b", "z");
const isActive = fc.boolean();
const form = fc.constantFrom("file", "link");
const names = fc
  .array(fc.record({ rank: fc.integer({ min: 1, max: 400 }), kind, form, isActive }), {
    maxLength: 12,
  })
  .map((all) => Array.from(new Set(all.map(formatEvidenceName))));

it("rebasing gives 100, 110 … in the order there was, and renames nothing twice", () => {
  fc.assert(
    fc.property(names, (all) => {
      const before = evidenceAmong(all);
      const renamed = new Map(rebasePlan(before).map(({ from, to }) => [from, to]));
      const after = before.map(({ name }) => renamed.get(name) ?? name);
      expect(evidenceAmong(after).map(({ name }) => name)).toEqual(after);
      expect(evidenceAmong(after).map(({ rank }) => rank)).toEqual(
        before.map((_, at) => 100 + 10 * at),
      );
      expect(rebasePlan(evidenceAmong(after))).toEqual([]);
    }),
  );
});

it("after every single step of rebasing the order holds and no name was taken; the rest finishes it", () => {
  fc.assert(
    fc.property(names, fc.nat(12), (all, steps) => {
      const before = evidenceAmong(all);
      const plan = rebasePlan(before);
      let now = before.map(({ name }) => name);
      for (const { from, to } of plan.slice(0, steps)) {
        expect(now).not.toContain(to);
        now = now.map((name) => (name === from ? to : name));
      }
      expect(evidenceAmong(now).map(({ name }) => name)).toEqual(now);
      const rest = new Map(rebasePlan(evidenceAmong(now)).map(({ from, to }) => [from, to]));
      const finished = new Map(plan.map(({ from, to }) => [from, to]));
      expect(now.map((name) => rest.get(name) ?? name)).toEqual(
        before.map(({ name }) => finished.get(name) ?? name),
      );
    }),
  );
});
