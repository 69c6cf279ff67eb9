import { expect, it } from "vitest";
import { readTranscript, replaceOutputs } from "./transcript.ts";

const DOCUMENT = `# Title

\`\`\`console
$ echo one
one
$ printf '%s\\n' \\
>   two three
two
three
\`\`\`

\`\`\`sh
$ not a transcript
\`\`\`

\`\`\`console
$ true
\`\`\`
`;

it("reads commands, their further lines, and what they printed", () => {
  expect(readTranscript(DOCUMENT)).toEqual([
    { command: "echo one", output: ["one"], outputAt: 4 },
    { command: "printf '%s\\n' \\\n  two three", output: ["two", "three"], outputAt: 7 },
    { command: "true", output: [], outputAt: 17 },
  ]);
});

it("replaces what was printed and nothing else", () => {
  const replaced = replaceOutputs(DOCUMENT, readTranscript(DOCUMENT), [["1"], [], ["a", "b"]]);

  expect(readTranscript(replaced).map(({ output }) => output)).toEqual([["1"], [], ["a", "b"]]);
  expect(replaced).toContain("$ not a transcript");
});
