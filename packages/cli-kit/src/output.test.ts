import { expect, it } from "vitest";
import { output, wantsColour } from "./output.ts";
import { styled } from "./span.ts";

function capture({ isTerminal = false, json = false, env = {} }): {
  out: ReturnType<typeof output>;
  text: () => string;
} {
  const written: string[] = [];
  const sink = {
    isTerminal,
    write: (data: string | Uint8Array) => {
      written.push(typeof data === "string" ? data : Buffer.from(data).toString());
    },
    onClosed: () => {},
  };
  const out = output({ sink, env, json, columns: () => 80 });
  return { out, text: () => written.join("") };
}

it("is plain when piped, for people on a terminal, and JSON when asked", () => {
  expect(capture({}).out.mode).toBe("plain");
  expect(capture({ isTerminal: true }).out.mode).toBe("terminal");
  expect(capture({ isTerminal: true, json: true }).out.mode).toBe("json");
});

it("passes data on exactly when piped, and shows its control characters on a terminal", () => {
  const piped = capture({});
  const terminal = capture({ isTerminal: true });

  piped.out.data("a\u001b[1m\n");
  terminal.out.data("a\u001b[1m\n");

  expect(piped.text()).toBe("a\u001b[1m\n");
  expect(terminal.text()).toBe("a\\u001b[1m\n");
});

it("never prints a control character of somebody's text in a line", () => {
  const { out, text } = capture({});

  out.print("x\r\ny");

  expect(text()).toBe("x\\r\\ny\n");
});

it("writes JSON that holds no raw control character and means the same", () => {
  const { out, text } = capture({ json: true });

  out.json({ a: "\u009b31m\u007f\u202e" });

  expect(text()).not.toMatch(/[\u007f-\u009f\u202e]/);
  expect(JSON.parse(text())).toEqual({ a: "\u009b31m\u007f\u202e" });
});

it("colours on a terminal only", () => {
  const terminal = capture({ isTerminal: true });
  const piped = capture({});

  terminal.out.print(styled("x", "red"));
  piped.out.print(styled("x", "red"));

  expect(terminal.text()).toBe("\u001b[31mx\u001b[39m\n");
  expect(piped.text()).toBe("x\n");
});

it.each([
  [true, {}, true],
  [true, { NO_COLOR: "1" }, false],
  [true, { NO_COLOR: "" }, true],
  [true, { TERM: "dumb" }, false],
  [false, { FORCE_COLOR: "1" }, true],
  [true, { FORCE_COLOR: "0" }, false],
  [false, { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
])("on a terminal: %s with %j: colour %s", (isTerminal, env, expected) => {
  expect(wantsColour({ isTerminal }, env)).toBe(expected);
});
