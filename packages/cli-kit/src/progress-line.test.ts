import { expect, it } from "vitest";
import { progressLine } from "./progress-line.ts";

interface Capture {
  readonly line: ReturnType<typeof progressLine>;
  readonly text: string[];
  readonly pass: (ms: number) => void;
}

function capture(isTerminal: boolean): Capture {
  const text: string[] = [];
  let nowMs = 0;
  const write = (data: string | Uint8Array): void => {
    text.push(data.toString());
  };
  return {
    line: progressLine({ isTerminal, write, onClosed: () => {} }, () => nowMs),
    text,
    pass: (ms) => {
      nowMs += ms;
    },
  };
}

it("rewrites one line on a terminal and takes it away", () => {
  const { line, text, pass } = capture(true);

  line.show("index", 0, 4);
  pass(500);
  line.show("index", 1, 4);
  line.show("index", 1, 4);
  line.clear();
  line.clear();

  expect(text).toEqual(["\r\u001b[Kindex: 25% (1 of 4)", "\r\u001b[K"]);
});

it("does not flicker for what is done at once", () => {
  const { line, text, pass } = capture(true);

  line.show("index", 0, 4);
  pass(100);
  line.show("index", 4, 4);
  line.clear();

  expect(text).toEqual([]);
});

it("shows nothing off a terminal", () => {
  const { line, text, pass } = capture(false);

  line.show("index", 1, 4);
  pass(500);
  line.show("index", 2, 4);
  line.clear();

  expect(text).toEqual([]);
});
