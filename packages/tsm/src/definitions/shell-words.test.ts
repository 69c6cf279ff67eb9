import fc from "fast-check";
import { expect, it } from "vitest";
import { shellQuoted, shellWords } from "./shell-words.ts";

it.each([
  ["  a  b ", ["a", "b"]],
  [`--name "my app" --x='1 2' a\\ b`, ["--name", "my app", "--x=1 2", "a b"]],
  [`"say \\"hi\\" $HOME" '\\n'`, [`say "hi" $HOME`, "\\n"]],
  [`it's`, ["it", "s"]],
  ["", []],
])("takes %j apart", (text, words) => {
  expect(shellWords(text)).toEqual(words);
});

it("finds the words that were quoted", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" })), (words) => {
      expect(shellWords(words.map(shellQuoted).join(" "))).toEqual(words);
    }),
  );
});
