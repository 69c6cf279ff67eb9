import fc from "fast-check";
import { expect, it } from "vitest";
import { parseRun, type RunId } from "./journal.ts";

const line = (event: string, generation: number, more: object): string =>
  `${JSON.stringify({ event, generation, boot: "b", ...more, up: 1.5 })}\n`;
const run = (generation: number): RunId => ({ generation, bootId: "b" });
const shim = (generation: number): string => line("shim", generation, { pid: 10, start: "100" });
const started = (generation: number): string =>
  line("started", generation, { pid: 11, start: "101" });
const ended = (generation: number, status: number): string => line("ended", generation, { status });

it("tells of the run that is asked for", () => {
  const text = shim(1) + started(1) + ended(1, 3) + shim(2) + started(2);

  expect(parseRun(text, run(1)).ended).toEqual({ exit: { code: 3, signal: null }, up: 1.5 });
  expect(parseRun(text, run(2))).toEqual({
    shim: { pid: 10, start: "100", up: 1.5 },
    main: { pid: 11, start: "101", up: 1.5 },
  });
  expect(parseRun(text, run(3))).toEqual({});
});

it("a late word about an old run is not taken for the new one's", () => {
  expect(parseRun(started(2) + ended(1, 1), run(2)).ended).toBeUndefined();
});

it.each([
  ["Terminated\n", 143, { code: null, signal: "SIGTERM" }],
  ["", 143, { code: 143, signal: null }],
  ["tsm-shim: line 36:  7 Killed   ( exec )\n", 137, { code: null, signal: "SIGKILL" }],
  ["", 130, { code: null, signal: "SIGINT" }],
  ["", 255, { code: 255, signal: null }],
])("told %j, status %d is %o", (words, status, exit) => {
  expect(parseRun(shim(1) + started(1) + words + ended(1, status), run(1)).ended?.exit).toEqual(
    exit,
  );
});

it("a torn line, as a full disk leaves it, costs nothing", () => {
  const text = `${shim(1)}${started(1)}{"event":"en\n${ended(1, 143)}`;

  expect(parseRun(text, run(1)).ended?.exit).toEqual({ code: 143, signal: null });
});

it("reads whatever is in the file", () => {
  fc.assert(
    fc.property(fc.string(), fc.json(), (text, json) => {
      expect(parseRun(`${text}\n${json}\n${started(1)}`, run(1)).main?.pid).toBe(11);
    }),
  );
});
