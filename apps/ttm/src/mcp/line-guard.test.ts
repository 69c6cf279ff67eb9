import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineGuard, type LineRefusal } from "./line-guard.ts";

interface Guarded {
  readonly passed: readonly unknown[];
  readonly refused: readonly LineRefusal[];
}

async function guarded(chunks: readonly Buffer[], mostBytes = 1000): Promise<Guarded> {
  const refused: LineRefusal[] = [];
  const guard = lineGuard({ refuse: (each) => refused.push(each), mostBytes });
  const text = (await Readable.from(chunks).pipe(guard).toArray()).join("");
  const passed = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
  return { passed, refused };
}

function lines(...texts: readonly string[]): readonly Buffer[] {
  return [Buffer.from(texts.map((text) => `${text}\n`).join(""))];
}

const PING = { jsonrpc: "2.0", id: 1, method: "ping" };

describe("lets through", () => {
  it.each([
    { why: "a request", message: PING },
    { why: "one with an id of text", message: { ...PING, id: "a" } },
    { why: "a notification", message: { jsonrpc: "2.0", method: "x", params: {} } },
    { why: "an answer", message: { jsonrpc: "2.0", id: 1, result: {} } },
  ])("$why", async ({ message }) => {
    expect(await guarded(lines(JSON.stringify(message)))).toEqual({
      passed: [message],
      refused: [],
    });
  });

  it("nothing of empty lines, and refuses none", async () => {
    expect(await guarded(lines("", "  \r"))).toEqual({ passed: [], refused: [] });
  });
});

describe("answers", () => {
  it.each([
    { why: "half an object", line: '{"jsonrpc":', id: null, code: -32_700 },
    { why: "a batch", line: JSON.stringify([PING]), id: null, code: -32_600 },
    { why: "a number", line: "7", id: null, code: -32_600 },
    { why: "another version", line: '{"id":4,"method":"ping"}', id: 4, code: -32_600 },
    {
      why: "an id that is a list",
      line: JSON.stringify({ ...PING, id: [] }),
      id: null,
      code: -32_600,
    },
    {
      why: "params that are a list",
      line: JSON.stringify({ ...PING, params: [1] }),
      id: 1,
      code: -32_600,
    },
    { why: "what is neither", line: '{"jsonrpc":"2.0","id":5}', id: 5, code: -32_600 },
  ])("$why", async ({ line, id, code }) => {
    const { passed, refused } = await guarded(lines(line, JSON.stringify(PING)));

    expect(refused).toMatchObject([{ id, error: { code } }]);
    expect(passed).toEqual([PING]);
  });

  it("what is nested too deep, without parsing it", async () => {
    const deep = `{"jsonrpc":"2.0","id":1,"method":"x","params":${'{"a":'.repeat(300)}1${"}".repeat(300)}}`;

    expect(await guarded(lines(deep), 10_000)).toMatchObject({
      refused: [{ error: { code: -32_600 } }],
    });
  });

  it("what is too long with its id, wherever that stands, and goes on behind it", async () => {
    const long = "x".repeat(5000);
    const first = `{"jsonrpc":"2.0","id":8,"method":"${long}"}`;
    const last = `{"method":"${long}","jsonrpc":"2.0","id":"nine"}`;
    const chunks = lines(first, last, JSON.stringify(PING)).flatMap(inPieces);

    const { passed, refused } = await guarded(chunks);

    expect(refused.map(({ id }) => id)).toEqual([8, "nine"]);
    expect(passed).toEqual([PING]);
  });
});

function inPieces(bytes: Buffer): readonly Buffer[] {
  const count = Math.ceil(bytes.length / 700);
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * 700, (at + 1) * 700));
}

it("refuses what whoever looks at a message refuses, and goes on", async () => {
  const refused: LineRefusal[] = [];
  const onMessage = (message: unknown): void => {
    if (JSON.stringify(message).includes("bad")) throw new Error("the disk is full");
  };
  const guard = lineGuard({ refuse: (each) => refused.push(each), onMessage });
  const bad = JSON.stringify({ ...PING, method: "bad" });
  const text = (
    await Readable.from(lines(bad, JSON.stringify(PING)))
      .pipe(guard)
      .toArray()
  ).join("");

  expect(JSON.parse(text)).toEqual(PING);
  expect(refused).toMatchObject([{ id: 1, error: { code: -32_603, message: "the disk is full" } }]);
});

it("asks for no more until whoever answers is ready", async () => {
  let go = (): void => {};
  const guard = lineGuard({ refuse: () => {}, whenReady: (ready) => (go = ready) });
  const written: string[] = [];
  guard.on("data", (chunk: Buffer) => written.push(chunk.toString()));
  guard.write(`${JSON.stringify(PING)}\n`);
  guard.write(`${JSON.stringify({ ...PING, id: 2 })}\n`);
  await new Promise(setImmediate);
  const before = written.length;
  go();
  await new Promise(setImmediate);

  expect([before, written.length]).toEqual([1, 2]);
});

it("does not care where chunks end", async () => {
  const text = Buffer.from(
    `${JSON.stringify({ ...PING, method: "pöng\\" })}\n[]\n${JSON.stringify(PING)}\n`,
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 6 }), async (cuts) => {
      const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      const chunks = at.slice(1).map((end, index) => text.subarray(at[index], end));

      expect(await guarded(chunks)).toEqual(await guarded([text]));
    }),
  );
});
