import { describe, expect, it } from "vitest";
import { parseFilePatches } from "./file-patch.ts";

const HUNK = "@@ -1,2 +1,2 @@\n keep\n-old\n+new\n";

describe("what a patch does with a file", () => {
  it.each([
    ["modify", `--- a/x\n+++ b/x\n${HUNK}`, { from: "x", to: "x" }],
    ["modify", `--- src/x\n+++ src/x\n${HUNK}`, { from: "src/x", to: "src/x" }],
    ["modify", `--- a/x\t2026-01-31\n+++ b/x\t2026-02-01\n${HUNK}`, { from: "x", to: "x" }],
    ["create", "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+new\n", { to: "x" }],
    [
      "create",
      "diff --git a/x b/x\nnew file mode 100755\nindex 0000000..e69de29\n",
      { to: "x", isExecutable: true },
    ],
    ["delete", "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-old\n", { from: "x" }],
    ["delete", "diff --git a/x b/x\ndeleted file mode 120000\n", { from: "x", isLink: true }],
    [
      "rename",
      "diff --git a/x b/y z\nsimilarity index 100%\nrename from x\nrename to y z\n",
      { from: "x", to: "y z" },
    ],
    [
      "copy",
      "diff --git a/x b/y\nsimilarity index 100%\ncopy from x\ncopy to y\n",
      { from: "x", to: "y" },
    ],
    [
      "modify",
      "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n",
      { from: "x", isExecutable: true },
    ],
    [
      "modify",
      `diff --git "a/\\303\\244" "b/\\303\\244"\n--- "a/\\303\\244"\n+++ "b/\\303\\244"\n${HUNK}`,
      { from: "ä" },
    ],
  ])("%s: %j", (action, text, expected) => {
    expect(parseFilePatches(text)).toEqual([expect.objectContaining({ action, ...expected })]);
  });

  it("comes with its hunks, line ends and missing ones included", () => {
    const text =
      "--- a/x\n+++ b/x\n@@ -3,2 +3,2 @@\n keep\n-old\n\\ No newline at end of file\n+new\n";
    expect(parseFilePatches(text)[0]?.hunks).toEqual([
      { start: 3, old: ["keep\n", "old"], fresh: ["keep\n", "new\n"], leading: 1, trailing: 0 },
    ]);
  });

  it("is the same when somebody changed all line ends on the way", () => {
    const text = `--- a/x\n+++ b/x\n${HUNK}`;
    expect(parseFilePatches(text.replaceAll("\n", "\r\n"))).toEqual(parseFilePatches(text));
  });

  it("is found between text", () => {
    const text = `Here it is:\n- a list\n+ of points\n\n--- a/x\n+++ b/x\n${HUNK}-- \n2.39.0\n`;
    expect(parseFilePatches(text)).toHaveLength(1);
  });
});

describe("nothing is passed over", () => {
  it.each([
    ["a hunk without numbers", "--- a/x\n+++ b/x\n@@\n-old\n+new\n", "line 3 is no hunk header"],
    [
      "dots for a hunk header",
      "--- a/x\n+++ b/x\n@@ ... @@\n-old\n+new\n",
      "line 3 is no hunk header",
    ],
    ["more lines than counted", `--- a/x\n+++ b/x\n${HUNK}+more\n`, "line 7 belongs to no hunk"],
    [
      "lines behind a line between",
      `--- a/x\n+++ b/x\n${HUNK}\n+more\n`,
      "line 8 belongs to no hunk",
    ],
    [
      "fewer lines than counted",
      "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n keep\n-old\n+new\n",
      "patch.diff: x: hunk 1 (line 3) counts 3 old and 3 new lines, but has 2 old and 2 new",
    ],
    [
      "fewer lines than counted in a later hunk",
      `--- a/x\n+++ b/x\n${HUNK}--- a/y\n+++ b/y\n${HUNK}@@ -9,4 +9,4 @@\n keep\n-old\n+new\nIt is done.\n`,
      'patch.diff: y: hunk 2 (line 13) counts 4 old and 4 new lines, but has 2 old and 2 new, then comes "It is done."',
    ],
    [
      "fewer lines than counted before another file",
      `--- a/x\n+++ /dev/null\n@@ -1,9 +0,0 @@\n-old\n--- a/y\n+++ b/y\n${HUNK}`,
      'patch.diff: x: hunk 1 (line 3) counts 9 old and 0 new lines, but has 1 old and 0 new, then comes "--- a/y"',
    ],
    ["a hunk without file", HUNK, "before any ---"],
    ["a file without hunks", "--- a/x\n+++ b/x\n", "says nothing"],
    ["half a header", `--- a/x\n${HUNK}`, "+++"],
    [
      "a binary patch",
      "diff --git a/x b/x\nGIT binary patch\nliteral 1\n",
      "line 2 is about a binary",
    ],
    [
      "binary files",
      "diff --git a/x b/x\nBinary files a/x and b/x differ\n",
      "line 2 is about a binary",
    ],
    [
      "a new link",
      "diff --git a/x b/x\nnew file mode 120000\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+/etc\n",
      "no regular file",
    ],
    ["a submodule", "diff --git a/x b/x\nnew file mode 160000\n", "no regular file"],
    ["a hunk that changes nothing", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n same\n", "changes nothing"],
  ])("refuses %s", (_what, text, message) => {
    expect(() => parseFilePatches(text)).toThrow(message);
    expect(() => parseFilePatches(text)).toThrow(
      expect.objectContaining({ code: "INVALID_ANSWER" }),
    );
  });
});
