import { describe, expect, it } from "vitest";
import { parseFilePatches } from "./file-patch.ts";
import { type Fitted, fitHunks } from "./fit-hunks.ts";

const TEXT = "one\ntwo\nthree\nfour\nfive\n";

function fit(source: string, hunks: string, fuzz = 0): Fitted {
  const [patch] = parseFilePatches(`--- a/x.txt\n+++ b/x.txt\n${hunks}`);
  return fitHunks(source, patch?.hunks ?? [], { path: "x.txt", fuzz });
}

it("puts the new lines in the place of the old ones", () => {
  expect(fit(TEXT, "@@ -2,3 +2,3 @@\n two\n-three\n+3\n four\n")).toEqual({
    content: "one\ntwo\n3\nfour\nfive\n",
    moved: [],
  });
});

it("follows text that has moved, and says by how much", () => {
  const moved = fit(`zero\n${TEXT}`, "@@ -2,2 +2,1 @@\n two\n-three\n@@ -5 +4 @@\n-five\n+5\n");
  expect(moved).toEqual({ content: "zero\none\ntwo\nfour\n5\n", moved: [{ hunk: 1, by: 1 }] });
});

it("gives and takes the newline at the end", () => {
  expect(fit("a\nb", "@@ -2 +2 @@\n-b\n\\ No newline at end of file\n+b\n").content).toBe("a\nb\n");
  expect(fit("a\nb\n", "@@ -2 +2 @@\n-b\n+b\n\\ No newline at end of file\n").content).toBe("a\nb");
  expect(() => fit("a\nb\n", "@@ -2 +2 @@\n-b\n\\ No newline at end of file\n+c\n")).toThrow(
    "hunk 1",
  );
});

it("fits files whose lines all end with CRLF, and leaves them so", () => {
  expect(fit("a\r\nb\r\n", "@@ -1,2 +1,2 @@\n a\n-b\n+c\n").content).toBe("a\r\nc\r\n");
});

describe("refuses, with file and hunk,", () => {
  it("lines that are not there, saying what is", () => {
    expect(() => fit(TEXT, "@@ -2,2 +2,2 @@\n two\n-THREE\n+3\n")).toThrow(
      expect.objectContaining({
        code: "PATCH_MISMATCH",
        message: `x.txt: hunk 1: it does not fit: line 3 should be "THREE", there is "three"`,
        details: { file: "x.txt", hunk: 1, line: 2 },
      }),
    );
  });

  it("a place that is not the one it names, when there are several", () => {
    const twice = "start\n}\nmiddle\n}\nend\n";
    expect(() => fit(twice, "@@ -3 +3 @@\n-}\n+]\n")).toThrow("it fits at 2 places (lines 2, 4)");
    expect(fit(twice, "@@ -4 +4 @@\n-}\n+]\n").content).toBe("start\n}\nmiddle\n]\nend\n");
  });

  it("hunks that come in the wrong order, or overlap", () => {
    const order = "@@ -4 +4 @@\n-four\n+4\n@@ -2 +2 @@\n-two\n+2\n";
    expect(() => fit(TEXT, order)).toThrow("hunk 2");
    expect(() => fit(TEXT, "@@ -2 +2 @@\n-two\n+2\n@@ -2 +2 @@\n-two\n+2\n")).toThrow("hunk 2");
  });

  it("lines to add with nothing around them, except to an empty file", () => {
    expect(() => fit(TEXT, "@@ -2,0 +3 @@\n+new\n")).toThrow("say where");
    expect(fit("", "@@ -0,0 +1 @@\n+new\n").content).toBe("new\n");
  });

  it("context that differs, unless some fuzz is allowed", () => {
    const hunk = "@@ -1,3 +1,3 @@\n ONE\n two\n-three\n+3\n";
    expect(() => fit(TEXT, hunk)).toThrow("hunk 1");
    expect(fit(TEXT, hunk, 1).content).toBe("one\ntwo\n3\nfour\nfive\n");
    expect(() => fit(TEXT, "@@ -1,3 +1,3 @@\n one\n two\n-THREE\n+3\n", 3)).toThrow("hunk 1");
  });
});
