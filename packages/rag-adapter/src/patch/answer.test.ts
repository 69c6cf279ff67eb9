import { describe, expect, it } from "vitest";
import { formatMulticat } from "../multicat/format-multicat.ts";
import { readAnswer } from "./answer.ts";

const PATCH = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n";

/** An answer of files by path; a path that ends in `!` is a block of mode diff. */
function answer(files: Readonly<Record<string, string>>): string {
  return formatMulticat(
    Object.entries(files).map(([path, content]) => ({
      dir: ".",
      file: path.replace(/!$/, ""),
      mode: path.endsWith("!") ? "diff" : "full",
      notes: [],
      content,
    })),
  );
}

describe("an answer of plan, patch and notes", () => {
  it("gives all three", () => {
    const text = answer({
      "plan.json": '{"changes": [{"file": "x", "change": "better", "risk": "low"}]}',
      "patch.diff": PATCH,
      "notes.md": "Done.\n",
    });
    expect(readAnswer(`Sure!\n\n${text}`)).toEqual({
      plan: [{ file: "x", change: "better" }],
      wanted: [{ type: "patch", patch: expect.objectContaining({ from: "x", action: "modify" }) }],
      notes: "Done.\n",
    });
  });

  it.each([
    [
      '["first", {"path": "x", "description": "d"}]',
      [{ change: "first" }, { file: "x", change: "d" }],
    ],
    ['{"changes": []}', []],
  ])("takes the plan %s", (json, plan) => {
    expect(readAnswer(answer({ "plan.json": json, "patch.diff": PATCH })).plan).toEqual(plan);
  });

  it("may put plan and patch into fences", () => {
    const fenced = answer({
      "plan.json": "```json\n[]\n```\n",
      "patch.diff": `\`\`\`diff\n${PATCH}\`\`\`\n`,
    });
    expect(readAnswer(fenced)).toMatchObject({ plan: [], wanted: [{ type: "patch" }] });
  });

  it.each([
    ["a file", "whole\n"],
    ["a file with fences", "# Use\n```sh\nrun\n```\n"],
    ["an empty file", ""],
  ])("may stand in a fence as a whole, and end with %s", (_what, content) => {
    const text = answer({ "patch.diff": PATCH, "b.md": content });
    const wanted = expect.arrayContaining([{ type: "file", path: "b.md", content }]);
    expect(readAnswer(text).wanted).toEqual(wanted);
    expect(readAnswer(`Sure!\n\n\`\`\`text\n${text}\`\`\`\n\n`).wanted).toEqual(wanted);
    // whose fence was never closed
    expect(readAnswer(`\`\`\`\n${text}`).wanted).toEqual(wanted);
  });

  it("may bring whole files and diffs of their own, in their order behind the patch", () => {
    const text = answer({ "b.txt": "whole\n", "x!": PATCH });
    expect(readAnswer(text).wanted).toEqual([
      { type: "file", path: "b.txt", content: "whole\n" },
      { type: "patch", patch: expect.objectContaining({ to: "x" }) },
    ]);
  });
});

it.each([
  ["is prose", "I would rather not change anything.\n", "patch.diff holds no diff"],
  ["is prose in a fence", "```\nnothing\n```\n", "patch.diff holds no diff"],
  ["is empty", "\n", "the answer changes no file"],
])("a patch that %s is told as such", (_what, content, message) => {
  expect(() => readAnswer(answer({ "patch.diff": content }))).toThrow(message);
});

describe("refuses", () => {
  it.each([
    ["text without blocks", "I cannot do that.", "INVALID_ANSWER"],
    ["an answer that changes nothing", answer({ "notes.md": "no\n" }), "INVALID_ANSWER"],
    ["a plan that is no JSON", answer({ "plan.json": "{", "patch.diff": PATCH }), "INVALID_ANSWER"],
    [
      "a plan without changes",
      answer({ "plan.json": "{}", "patch.diff": PATCH }),
      "INVALID_ANSWER",
    ],
    ["a file twice", answer({ "a.txt": "1\n" }) + answer({ "./a.txt": "2\n" }), "INVALID_ANSWER"],
    ["a diff of another file", answer({ "y!": PATCH }), "INVALID_ANSWER"],
    ["a diff that is none", answer({ "y!": "text\n" }), "INVALID_ANSWER"],
    ["a path that leads out", answer({ "../a.txt": "1\n" }), "PATH_REFUSED"],
    ["a header without end", "#MULTICAT_START\n# file: a\n", "INVALID_MULTICAT"],
  ])("%s", (_what, text, code) => {
    expect(() => readAnswer(text)).toThrow(expect.objectContaining({ code }));
  });
});
