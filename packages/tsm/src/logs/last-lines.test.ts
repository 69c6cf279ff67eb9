import { simulatedDisk } from "@tetra/durable-fs/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { lastLines } from "./last-lines.ts";
import { LONGEST_LINE_BYTES } from "./line-splitter.ts";
import { logPaths } from "./log-paths.ts";

const OUT = "/web/current.out";
const paths = logPaths({ folder: "/web", out: OUT, err: "/web/current.err" });

/** The texts of the last lines of a log. */
async function lastOf(text: string, count: number, pattern?: RegExp): Promise<readonly string[]> {
  const fs = simulatedDisk().fs();
  const decoder = new TextDecoder();
  const bytes = new TextEncoder().encode(text);
  fs.makeFolder("/web");
  fs.write(fs.open(OUT, "append"), bytes);
  const lines = await lastLines(
    { fs, paths },
    {
      stream: "out",
      count,
      from: 0,
      fromContinues: false,
      to: bytes.length,
      ...(pattern === undefined
        ? {}
        : { matches: (line) => pattern.test(decoder.decode(line.bytes)) }),
    },
  );
  return lines.map((line) => decoder.decode(line.bytes));
}

/** Some 400,000 bytes in lines of all lengths. */
const LINES = Array.from({ length: 4000 }, (_, at) => `line ${at} ${"x".repeat((at * 37) % 190)}`);

it("are the last lines, however many windows it takes to find them", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4100 }), fc.boolean(), async (count, isOpen) => {
      const text = LINES.join("\n") + (isOpen ? "" : "\n");
      expect(await lastOf(text, count)).toEqual(LINES.slice(-count));
    }),
    { numRuns: 30 },
  );
});

it("are the last that match", async () => {
  const wanted = LINES.filter((line) => /line \d+7 /.test(line));

  expect(await lastOf(LINES.join("\n"), 150, /line \d+7 /)).toEqual(wanted.slice(-150));
});

it("are found behind and before a long line", async () => {
  const long = "y".repeat(200_000);

  expect(await lastOf(`one\ntwo\n${long}\nthree\n`, 3)).toEqual(["two", long, "three"]);
});

it("the end of a line that is too long to look for its beginning is what there is", async () => {
  const parts = await lastOf(`one\n${"y".repeat(5 * LONGEST_LINE_BYTES)}\nlast\n`, 2);

  expect(parts).toHaveLength(2);
  expect(parts[0]).toMatch(/^y+$/);
  expect(parts[1]).toBe("last");
});
