import { TetraError } from "@tetra/errors";
import { expect, it } from "vitest";
import { failureLines, failureOf } from "./failure.ts";
import { render } from "./span.ts";

function text(error: unknown): readonly string[] {
  return failureLines(failureOf(error)).map((line) => render(line, { colour: false }));
}

it("says what and the way out, a line each", () => {
  const error = new TetraError("CONFLICT", "t-1: too late", { hint: "read it again" });

  expect(text(error)).toEqual(["Error: t-1: too late", "Hint: read it again"]);
});

it("begins as the program wants", () => {
  const [line = []] = failureLines({ code: "X", message: "no" }, "toy: ");

  expect(render(line, { colour: false })).toBe("toy: no");
});

it("stays on one line whatever the message holds", () => {
  expect(text(new TetraError("IO", "a\nb\u001b[0m"))).toEqual(["Error: a\\nb\\u001b[0m"]);
});

it("gives machines code, message, hint and details", () => {
  const error = new TetraError("IO", "disk", { hint: "look", details: { path: "/d" } });

  expect(failureOf(error)).toEqual({
    code: "IO",
    message: "disk",
    hint: "look",
    details: { path: "/d" },
  });
});

it.each(["EACCES", "ENOSPC", "ENOTDIR", "EROFS"])(
  "says what the system refused with %s, and what to do about it",
  (code) => {
    const error = Object.assign(new Error(`${code}: no, mkdir '/d'`), { code, path: "/d" });

    expect(failureOf(error)).toEqual({
      code: "SYSTEM_REFUSED",
      message: `${code}: no, mkdir '/d'`,
      hint: expect.not.stringContaining("report"),
      details: { code, path: "/d" },
    });
  },
);

it("calls what the system never says by itself a bug", () => {
  const error = Object.assign(new Error("no"), { code: "EINVAL" });

  expect(failureOf(error).code).toBe("BUG");
});

it.each([new TypeError("x is not a function"), "text"])("calls %s a bug", (error) => {
  expect(failureOf(error).code).toBe("BUG");
});
