import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareContextNames,
  contextName,
  contextNumber,
  isEvidenceVariable,
  nextContextNumber,
} from "./context-name.ts";

describe("the next number", () => {
  it.each([
    [[], 100],
    [["000_policy.md", "010_request.md"], 100],
    [["100_a", "120_b"], 130],
    [["155custom"], 165],
    [["990_a"], 1000],
    [["2000"], 2010],
    [["099_a", "098"], 100],
    [["0900_x"], 910],
    [["_desc.txt", "note"], 100],
    [["99999999999999999999_x"], 100],
  ])("after %j is %d", (names, next) => {
    expect(nextContextNumber(names)).toBe(next);
  });
});

describe("a name", () => {
  it.each([
    ["app.tar.gz", "artifact", "100_artifact.tar.gz"],
    [".env", "config", "100_config.env"],
    ["README", "read me", "100_read me"],
    ["ends.", "x", "100_x"],
    ["a.txt", "$HOME `id`\n日本", "100_$HOME `id`\n日本.txt"],
    ["a.txt", "..", "100_...txt"],
  ])("made from %j and %j is %j", (sourceName, description, name) => {
    expect(contextName({ number: 100, description, sourceName, kind: "file" })).toBe(name);
  });

  it("of a folder has no suffix, and its number at least three digits", () => {
    const folder = { description: "web", sourceName: "web.d", kind: "folder" } as const;
    expect(contextName({ ...folder, number: 5 })).toBe("005_web");
    expect(contextName({ ...folder, number: 1000, sourceName: ".." })).toBe("1000_web");
  });

  it.each([
    ["a/b", "x.txt", `holds a "/"`],
    ["../../etc/x", "x.txt", `holds a "/"`],
    ["x", "a.d/file", `holds a "/"`],
    ["a\0b", "x.txt", "NUL"],
    ["", "x.txt", "description is empty"],
    [" ", "x.txt", "description is empty"],
    ["x", "..", "no file name"],
    ["x".repeat(252), "x", "256 bytes"],
    ["é".repeat(124), "x.txt", "256 bytes"],
    ["\uD800", "x.txt", "half a character"],
  ])("from %j and %j is refused", (description, sourceName, why) => {
    expect(() => contextName({ number: 100, description, sourceName, kind: "file" })).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT", message: expect.stringContaining(why) }),
    );
  });

  it("is never a path, and has the number it was given", () => {
    const text = fc.string({ unit: "binary", maxLength: 90 });
    const kind = fc.constantFrom("file", "folder");
    fc.assert(
      fc.property(fc.nat(5000), text, text, kind, (number, description, sourceName, each) => {
        let name: string;
        try {
          name = contextName({ number, description, sourceName, kind: each });
        } catch {
          return;
        }
        expect(name).toMatch(/^[0-9]{3,}_/);
        expect(name).not.toMatch(/[/\0]/);
        expect(Buffer.from(name).toString()).toBe(name);
        expect(contextNumber(name)).toBe(number);
      }),
    );
  });
});

it("names are ordered by number, then bytewise", () => {
  const ordered = [
    "_x",
    "note",
    "000_policy.md",
    "100_a",
    "100_b",
    "0155_x",
    "1000_a",
    "1000_\u{FFFD}",
    "1000_🚀",
  ];
  expect(ordered.toReversed().toSorted(compareContextNames)).toEqual([
    "000_policy.md",
    "_x",
    "note",
    ...ordered.slice(3),
  ]);
});

it.each([
  ["100_a", true],
  ["999_", true],
  ["1000_a", false],
  ["000_policy.md", false],
  ["090_x", false],
  ["155custom", false],
])("%j has a variable in the shell: %s", (name, expected) => {
  expect(isEvidenceVariable(name)).toBe(expected);
});
