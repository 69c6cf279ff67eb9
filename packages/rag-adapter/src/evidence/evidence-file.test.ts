import fc from "fast-check";
import { expect, it } from "vitest";
import { contentId, type EvidenceFile, formatEvidence, parseEvidence } from "./evidence-file.ts";

function evidence(text: string, more: Partial<EvidenceFile> = {}): EvidenceFile {
  const cid = contentId(new TextEncoder().encode(text));
  return { heading: "src/a.ts", source: "/p/src/a.ts", span: "full", tags: [], cid, text, ...more };
}

it("has a heading, a comment for programs, and the text in a fence", () => {
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // FIPS 180-2
  const file = formatEvidence(evidence("abc", { span: "lines=3:3", tags: ["auth", "core"] }));
  expect(file.split("\n")).toEqual([
    "# Evidence: src/a.ts",
    `<!-- source_uri=file:///p/src/a.ts; cid=sha256:${abc}; span=lines=3:3; tags=auth,core -->`,
    "",
    "```ts",
    "abc",
    "```",
    "",
  ]);
});

it("whatever a file holds, its text cannot end the fence, and is read again exactly", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "`", "```", "````", "\n", "# Evidence: x", "<!-- cid=1 -->", "é"),
  });
  fc.assert(
    fc.property(text, (content) => {
      const written = evidence(content);
      const file = formatEvidence(written);
      expect(parseEvidence(file)).toEqual(written);
      const fence = /^`{3,}/m.exec(file)?.[0] ?? "";
      expect(file.split("\n").filter((line) => line.startsWith(fence))).toHaveLength(2);
    }),
  );
});

it("whatever a source is called, the comment is one comment and names it again", () => {
  const name = fc.string({ unit: "grapheme-composite", maxLength: 30 });
  fc.assert(
    fc.property(name, (part) => {
      const written = evidence("x\n", { heading: "x", source: `/p/${part}` });
      const file = formatEvidence(written);
      expect(file.match(/-->/g)).toHaveLength(1);
      expect(parseEvidence(file)?.source).toBe(written.source);
    }),
  );
});

it("what another writer laid out otherwise is read, too", () => {
  const file = `## src/my file.sh\n\n<!-- source_uri=file:///p/src/file.sh cid=sha256:00 lines=2:9 tags=a,b -->\n\n\`\`\`bash\necho hi\n\`\`\`\n`;
  expect(parseEvidence(file)).toEqual({
    heading: "src/my file.sh",
    source: "/p/src/file.sh",
    cid: "sha256:00",
    span: "lines=2:9",
    tags: ["a", "b"],
    text: "echo hi\n",
  });
});

it.each([
  "",
  "# only a heading\n",
  "# a\n<!-- cid=x -->\nno fence\n",
  "# a\n<!-- x -->\n```\nopen\n",
])("%j is no evidence file", (file) => {
  expect(parseEvidence(file)).toBeUndefined();
});
