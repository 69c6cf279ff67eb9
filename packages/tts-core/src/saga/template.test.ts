import fc from "fast-check";
import { expect, it } from "vitest";
import { templateParts } from "./template.ts";

const text = (plain: string): object => ({ type: "text", text: plain });
const place = (name: string): object => ({ type: "place", name });

it.each([
  ["", []],
  ["plain $HOME $$ {x}", [text("plain $HOME $$ {x}")]],
  ["${a}${ b }", [place("a"), place("b")]],
  ["v${steps.g/b.out}!", [text("v"), place("steps.g/b.out"), text("!")]],
  ["$${a} $$${a}", [text("${a} $${a}")]],
  ["$${a:-${b}}", [text("${a:-"), place("b"), text("}")]],
])("takes %j apart", (whole, parts) => {
  expect(templateParts(whole)).toEqual(parts);
});

it.each(["${", "a ${b", "${a{b}", "${a\n}"])("says that %j has a place without an end", (whole) => {
  expect(templateParts(whole)).toContain("has no end");
});

it("puts every text together again that was escaped", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("$", "{", "}", "a", "\n") }), (plain) => {
      // a $ before an escaped place would make it another text
      fc.pre(!plain.includes("$${"));

      const parts = templateParts(plain.replaceAll("${", () => "$${"));

      expect(parts).toEqual(plain === "" ? [] : [text(plain)]);
    }),
  );
});
