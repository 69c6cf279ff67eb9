import { expect, it } from "vitest";
import { readAnsi } from "./ansi.js";
import { renderSvg } from "./svg.js";

const GREEN = "\u001B[32m";
const PLAIN = "\u001B[39m";

it("takes a captured page apart into pieces that look alike", () => {
  const [first, second] = readAnsi(`a ${GREEN}online${PLAIN} b\n\u001B[1;7mx\u001B[0my`);

  expect(first?.map(({ text, colour }) => [text, colour])).toEqual([
    ["a ", undefined],
    ["online", 2],
    [" b", undefined],
  ]);
  expect(second).toMatchObject([
    { text: "x", isBold: true, isReversed: true },
    { text: "y", isBold: false, isReversed: false },
  ]);
});

it("carries a look over the end of a line, as tmux prints it", () => {
  expect(readAnsi(`${GREEN}a\nb`).flat()).toMatchObject([{ colour: 2 }, { colour: 2 }]);
});

it("draws every piece in its cells, two for an emoji, and nothing as markup", () => {
  const svg = renderSvg(readAnsi(`✅ <b>${GREEN}&`), { columns: 10, title: "a & b" });

  expect(svg).toContain("<title>a &amp; b</title>");
  expect(svg).toContain('textLength="50.4" lengthAdjust="spacingAndGlyphs">✅ &lt;b&gt;</text>');
  expect(svg).toContain('<text x="64.4"');
});
