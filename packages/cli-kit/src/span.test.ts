import { expect, it } from "vitest";
import { render, styled } from "./span.ts";

it("joins pieces, plain where no colour is wanted", () => {
  expect(render(["a ", styled("b", "red")], { colour: false })).toBe("a b");
});

it("styles pieces where colour is wanted, and closes what it opened", () => {
  expect(render([styled("b", "red")], { colour: true })).toBe("\u001b[31mb\u001b[39m");
});

it("shows what the text itself would make a terminal do", () => {
  expect(render([styled("\u001b[2J", "red")], { colour: false })).toBe("\\u001b[2J");
});
