import { isTetraError } from "@tetra/errors";
import fc from "fast-check";
import { expect, it } from "vitest";
import { isSymbol, parseEndpointSymbol, parseLocation, parseSymbol, symbolName } from "./symbol.ts";

function readOrCode(text: string): string {
  try {
    return parseSymbol(text).text;
  } catch (error) {
    return isTetraError(error) ? error.code : "-";
  }
}

it.each(["@local", "@prod-2", "@a_b"])("takes %s for a symbol", (target) => {
  expect(isSymbol(target)).toBe(true);
});

it.each(["", "@", "host", "user@host"])("does not take %j for one", (target) => {
  expect(isSymbol(target)).toBe(false);
});

it("names a symbol without its @", () => {
  expect(symbolName("@staging")).toBe("staging");
});

it.each(["@local", "@prod-2", "@a_b", "@Web1"])("reads %s", (text) => {
  expect(parseSymbol(text)).toEqual({ type: "endpoint", text, name: text.slice(1) });
});

it.each([
  ["", 1, "it is empty"],
  ["staging", 1, "a symbol begins with @"],
  ["@", 2, "a name must follow the @"],
  ["@1a", 2, "a name begins with a letter"],
  ["@sta ging", 5, '" " cannot be part of a name'],
  ["@a/b", 3, '"/" cannot be part of a name'],
  ["@a😀", 3, '"😀" cannot be part of a name'],
  ["@staging:x", 9, '":" cannot be part of a name'],
  ["@spaces:", 9, 'something after "@spaces:" is missing'],
])("points at what is wrong in %j: column %d", (text, column, reason) => {
  expect(() => parseSymbol(text)).toThrow(
    expect.objectContaining({
      code: "INVALID_SYMBOL",
      message: `${JSON.stringify(text)}, column ${column}: ${reason}`,
      details: { symbol: text, column },
    }),
  );
});

it("reads any text or points at what is wrong with it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (rest) => {
      expect(readOrCode(`@${rest}`)).toMatch(/^(?:INVALID_SYMBOL$|@)/u);
    }),
  );
});

it.each([
  ["@spaces:bucket:a/b", "spaces", "bucket:a/b"],
  ["@agent:20260131.plan.md", "agent", "20260131.plan.md"],
  ["@module:key.variant", "module", "key.variant"],
])("knows that %s is for another resolver", (text, resolver, rest) => {
  expect(parseSymbol(text)).toEqual({ type: "foreign", text, resolver, rest });
  expect(() => parseEndpointSymbol(text)).toThrow(
    expect.objectContaining({ code: "FOREIGN_SYMBOL" }),
  );
});

it("reads a place as scp writes it", () => {
  expect(parseLocation("@staging")).toMatchObject({ symbol: { name: "staging" } });
  expect(parseLocation("@staging:~/a:b")).toMatchObject({
    symbol: { name: "staging" },
    path: "~/a:b",
  });
  expect(() => parseLocation("@staging:")).toThrow("the path after the colon is missing");
});
