import { rmSync, mkdirSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { lineText } from "../src/logs/index.ts";
import { nextFollowMs } from "../src/logs/follow-lines.ts";
import { collect, logFolder, numbered, SMALL } from "./log-folder.ts";
import { PATIENCE_MS } from "./temporary-services.ts";

vi.setConfig({ testTimeout: PATIENCE_MS });

/** A clock on which each wait plays the next act; after the last one, `onEnd`. */
function playing(acts: readonly (() => unknown)[]) {
  const signal = new AbortController();
  let nowMs = Date.UTC(2026, 0, 1);
  let next = 0;
  const clock = {
    now: () => nowMs,
    async sleep(ms: number) {
      nowMs += ms;
      await acts[next]?.();
      next += 1;
      if (next > acts.length + 12) signal.abort();
    },
  };
  return { clock, signal: signal.signal, start: nowMs };
}

it("gives the last lines, then what comes, with the time of the look", async () => {
  const acts: (() => unknown)[] = [];
  const { clock, signal, start } = playing(acts);
  const { logs, write } = logFolder({ clock });
  write("old 1\nold 2\n");
  acts.push(
    () => {},
    () => write("new\n"),
    () => write("oh\n", "err"),
  );

  const lines = await collect(logs.follow(["web"], { lines: 1 }, signal));

  expect(lines.map(lineText)).toEqual(["old 2", "new", "oh"]);
  expect(lines[1]?.atMs).toBeGreaterThan(start);
  expect(lines[1]?.precisionMs).toBeLessThanOrEqual(250);
});

it("goes on across rotations, and when the service is removed and made again", async () => {
  const acts: (() => unknown)[] = [];
  const { clock, signal } = playing(acts);
  const { logs, write, service } = logFolder({ clock });
  const rotate = (): unknown => logs.rotateIfDue("web", { ...SMALL, keep: 0 });
  for (let round = 0; round < 5; round += 1) {
    acts.push(() => write(numbered(round * 150, 150)), rotate);
  }
  acts.push(
    () => {},
    () => {
      rmSync(service, { recursive: true });
      mkdirSync(service);
      write("anew\n");
    },
  );

  const lines = await collect(logs.follow(["web"], {}, signal));

  expect(lines.map((line) => `${lineText(line)}\n`).join("")).toBe(`${numbered(0, 750)}anew\n`);
});

it("a line without an end comes when it is whole, or when nothing comes for a second", async () => {
  const acts: (() => unknown)[] = [];
  const { clock, signal } = playing(acts);
  const { logs, write } = logFolder({ clock });
  write("whole\nbegun");
  acts.push(
    () => {},
    () => write(" and ended\nname? "),
  );

  const lines = await collect(logs.follow(["web"], {}, signal));

  expect(lines.map((line) => [lineText(line), line.isOpen])).toEqual([
    ["whole", false],
    ["begun and ended", false],
    ["name? ", true],
  ]);
});

it("notes times for others, every second while something comes", async () => {
  const acts: (() => unknown)[] = [];
  const { clock, signal } = playing(acts);
  const { logs, write } = logFolder({ clock });
  for (let round = 0; round < 200; round += 1) acts.push(() => write(`line ${round}\n`));

  await collect(logs.follow(["web"], { grep: "nothing" }, signal));

  const lines = await collect(logs.read("web", { lines: 1000 }));
  const vaguest = lines.slice(60).map(({ precisionMs = Number.POSITIVE_INFINITY }) => precisionMs);
  expect(Math.max(...vaguest)).toBeLessThanOrEqual(2000);
});

it("looks often while something comes, and four times a second else", () => {
  expect(nextFollowMs(250, true)).toBe(20);
  expect(nextFollowMs(20, false)).toBe(30);
  expect(nextFollowMs(240, false)).toBe(250);
  expect(nextFollowMs(250, false)).toBe(250);
});
