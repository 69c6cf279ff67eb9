import { expect, it } from "vitest";
import { isSymbol, symbolName } from "./symbol.ts";

it.each(["@local", "@prod-2", "@a_b"])("takes %s for a symbol", (target) => {
  expect(isSymbol(target)).toBe(true);
});

it.each(["", "@", "host", "user@host"])("does not take %j for one", (target) => {
  expect(isSymbol(target)).toBe(false);
});

it("names a symbol without its @", () => {
  expect(symbolName("@staging")).toBe("staging");
});
