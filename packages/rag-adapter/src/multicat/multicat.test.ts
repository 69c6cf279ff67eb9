import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type MulticatBlock, pathOf } from "./block.ts";
import { formatMulticat } from "./format-multicat.ts";
import { parseMulticat } from "./parse-multicat.ts";

const ANSWER = `Here is my answer.

#MULTICAT_START
# dir: ./
# file: plan.json
#MULTICAT_END
{"changes": []}
#MULTICAT_START
# dir: ./src
# file: main.ts
# mode: diff
# note: smaller
#MULTICAT_END
@@ -1 +1 @@
`;

function block(fields: Partial<MulticatBlock>): MulticatBlock {
  return { dir: "./src", file: "main.ts", mode: "full", notes: [], content: "", ...fields };
}

describe("reading", () => {
  it("gives the blocks with their headers and contents, and what stands before them", () => {
    expect(parseMulticat(ANSWER)).toEqual({
      preamble: "Here is my answer.\n\n",
      blocks: [
        block({ dir: "./", file: "plan.json", content: `{"changes": []}\n` }),
        block({ mode: "diff", notes: ["smaller"], content: "@@ -1 +1 @@\n" }),
      ],
    });
  });

  it("understands the markers of old writers", () => {
    const old = ANSWER.replaceAll(/^(#MULTICAT_\w+)$/gm, "$1#");
    expect(parseMulticat(old)).toEqual(parseMulticat(ANSWER));
  });

  it("understands CRLF in headers, and leaves it in contents", () => {
    const { blocks } = parseMulticat(ANSWER.replaceAll("\n", "\r\n"));
    expect(blocks.map(({ dir, file, mode }) => [dir, file, mode])).toEqual([
      ["./", "plan.json", "full"],
      ["./src", "main.ts", "diff"],
    ]);
    expect(blocks[1]?.content).toBe("@@ -1 +1 @@\r\n");
  });

  it("keeps a file that comes twice twice: what that means is for the reader", () => {
    const twice = formatMulticat([block({ content: "a\n" }), block({ content: "b\n" })]);
    expect(parseMulticat(twice).blocks.map(({ content }) => content)).toEqual(["a\n", "b\n"]);
  });

  it("takes text without markers for text", () => {
    expect(parseMulticat("no blocks here")).toEqual({ preamble: "no blocks here", blocks: [] });
  });

  it.each([
    ["a header without end", "#MULTICAT_START\n# dir: .\n# file: a\n", "line 1 begins"],
    [
      "a header that the next one cuts off",
      "#MULTICAT_START\n# file: a\n#MULTICAT_START\n",
      "line 1",
    ],
    [
      "an end behind the content",
      "#MULTICAT_START\n# file: a\n#MULTICAT_END\nx\n#MULTICAT_END\n",
      "line 5",
    ],
    ["an end alone", "text\n#MULTICAT_END\n", "line 2 ends"],
    ["a block without file", "#MULTICAT_START\n# dir: .\n#MULTICAT_END\n", "line 1 begins a block"],
    ["a key twice", "#MULTICAT_START\n# file: a\n# file: b\n#MULTICAT_END\n", "line 3 says file"],
    ["another mode", "#MULTICAT_START\n# file: a\n# mode: patch\n#MULTICAT_END\n", "line 1"],
    ["text in a header", "#MULTICAT_START\n# file: a\nhello\n#MULTICAT_END\n", "line 3 is no"],
  ])("refuses %s, with the line", (_what, text, message) => {
    expect(() => parseMulticat(text)).toThrow(message);
  });
});

describe("writing", () => {
  it("reads back whatever was written, markers, escaped markers and open ends included", () => {
    const marker = fc.constantFrom(
      "#MULTICAT_START",
      "#MULTICAT_END#",
      String.raw`\#MULTICAT_START`,
      String.raw`\\#MULTICAT_END`,
      "#MULTICAT_START \r",
      "# file: evil",
    );
    const line = fc.oneof(marker, fc.string(), fc.constant("\r"));
    const content = fc.tuple(fc.array(line), fc.constantFrom("", "\n", "\r", "\r\n", "\n\n"));
    const word = fc.stringMatching(/^[\w./-][\w ./-]{0,10}[\w./-]$/);
    const blocks = fc.array(
      fc.record<MulticatBlock>({
        dir: word,
        file: word,
        mode: fc.constantFrom("full", "diff"),
        notes: fc.array(word, { maxLength: 2 }),
        content: content.map(([lines, end]) => lines.join("\n") + end),
      }),
    );
    fc.assert(
      fc.property(blocks, (written) => {
        expect(parseMulticat(formatMulticat(written)).blocks).toEqual(written);
      }),
    );
  });

  it("adds nothing to blocks that need nothing", () => {
    expect(formatMulticat([block({ content: "x\n" })])).toBe(
      "#MULTICAT_START\n# dir: ./src\n# file: main.ts\n#MULTICAT_END\nx\n",
    );
  });

  it.each(["", "a\nb", " a", "a\u2028b"])("refuses a name that no header can hold: %j", (file) => {
    expect(() => formatMulticat([block({ file })])).toThrow("cannot be the file");
  });
});

describe("the path of a block", () => {
  it.each([
    ["./src", "main.ts", "src/main.ts"],
    [".", "a/./b.ts", "a/b.ts"],
    ["src//x/", "..main", "src/x/..main"],
  ])("joins %s and %s", (dir, file, path) => {
    expect(pathOf({ dir, file })).toBe(path);
  });

  it.each([
    ["/etc", "passwd"],
    ["./", "/etc/passwd"],
    ["src/../..", "x"],
    ["src", "../x"],
    ["C:/x", "y"],
    ["src", String.raw`..\x`],
    ["src", "a\u0000"],
    [".", "."],
    ["src", "x/"],
  ])("refuses %s and %s", (dir, file) => {
    expect(() => pathOf({ dir, file })).toThrow(expect.objectContaining({ code: "PATH_REFUSED" }));
  });
});
