import type { FileSystem } from "@tetra/durable-fs";
import { SimulatedCrash, type SimulatedDisk, simulatedDisk } from "@tetra/durable-fs/testing";
import fc from "fast-check";
import { expect, it } from "vitest";
import { extentOf } from "./extent.ts";
import { lastLines } from "./last-lines.ts";
import { logPaths } from "./log-paths.ts";
import { readBytes } from "./read-bytes.ts";
import { recoverStream, rotateStream } from "./rotate.ts";

const OUT = "/web/current.out";
const paths = logPaths({ folder: "/web", out: OUT, err: "/web/current.err" });
const place = { paths, stream: "out", lock: 0 } as const;
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

type Step =
  | { readonly type: "write"; readonly text: string }
  | { readonly type: "rotate" }
  | { readonly type: "die"; readonly after: number }
  | { readonly type: "recover" }
  | { readonly type: "read" }
  | { readonly type: "tail"; readonly count: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .array(fc.constantFrom("word ", "\n", "longer words and more of them ", "é\n"), {
        maxLength: 40,
      })
      .map((words) => ({ type: "write" as const, text: words.join("") })),
  },
  { weight: 2, arbitrary: fc.constant({ type: "rotate" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("die" as const), after: fc.nat(60) }),
  },
  { weight: 1, arbitrary: fc.constant({ type: "recover" as const }) },
  { weight: 1, arbitrary: fc.constant({ type: "read" as const }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("tail" as const), count: fc.nat(9) }) },
);

/** The file system of a process that is killed after so many operations. */
function mortal(disk: SimulatedDisk, name: string, after: number): FileSystem {
  let left = after;
  return new Proxy(disk.fs(name), {
    get(fs, key, receiver) {
      left -= 1;
      if (left < 0) disk.kill(name);
      const operation: unknown = Reflect.get(fs, key, receiver);
      return operation;
    },
  });
}

/** A service, and a rotation that is played step by step between its writes and looks. */
function stage(how: "collapse" | "punch") {
  const disk = simulatedDisk();
  const service = disk.fs("service");
  const kernel = disk.fs("kernel");
  service.makeFolder("/web");
  service.makeFolder(paths.folder);
  const log = service.open(OUT, "append");
  let written = "";
  let processes = 0;
  const cutting = (change: (bytes: Uint8Array) => Uint8Array) => (): "done" => {
    const fd = kernel.open(OUT, "update");
    const bytes = change(kernel.read(fd, 0, kernel.statOpen(fd).size));
    kernel.truncate(fd, 0);
    kernel.write(fd, bytes, 0);
    return "done";
  };

  const parts = (fs: FileSystem) => ({
    fs,
    clock: { now: () => 0, sleep: async () => {} },
    blockBytes: () => 128,
    cutter: {
      collapse: async ({ length }: { readonly length: number }) =>
        how === "collapse" ? cutting((bytes) => bytes.slice(length))() : ("unsupported" as const),
      punch: async ({ length }: { readonly length: number }) =>
        cutting((bytes) => bytes.fill(0, 0, length))(),
    },
  });
  const anew = (): FileSystem => disk.fs(`rotator ${(processes += 1)}`);

  return {
    write(text: string) {
      service.write(log, new TextEncoder().encode(text));
      written += text;
    },
    rotate: async () => rotateStream(parts(anew()), place),
    recover: async () => recoverStream(parts(anew()), place),
    /** A rotation whose process dies before one of its next operations. */
    async die(after: number) {
      const name = `rotator ${(processes += 1)}`;
      await rotateStream(parts(mortal(disk, name, after)), place).catch((error: unknown) => {
        if (!(error instanceof SimulatedCrash)) throw error;
      });
    },
    async read() {
      const decoder = new TextDecoder();
      let text = "";
      const range = { stream: "out", from: 0, to: Number.MAX_SAFE_INTEGER } as const;
      const fs = disk.fs("reader");
      for await (const { bytes } of readBytes({ fs, paths }, range))
        text += decoder.decode(bytes, { stream: true });
      return text;
    },
    async tail(count: number) {
      const fs = disk.fs("reader");
      const to = extentOf(fs, paths, "out").end;
      const query = { stream: "out", from: 0, fromContinues: false, to, count } as const;
      const lines = await lastLines({ fs, paths }, query);
      return lines.map(({ bytes }) => decode(bytes));
    },
    written: () => written,
    lastWritten(count: number) {
      const lines = written.split("\n");
      if (lines.at(-1) === "") lines.pop();
      return count === 0 ? [] : lines.slice(-count);
    },
  };
}

/** What was looked at, and what should have been seen. */
type Look = readonly [seen: unknown, written: unknown];

/** Plays a step. */
async function play(log: ReturnType<typeof stage>, step: Step): Promise<readonly Look[]> {
  switch (step.type) {
    case "write":
      log.write(step.text);
      return [];
    case "rotate":
      await log.rotate();
      return [];
    case "recover":
      await log.recover();
      return [];
    case "die":
      await log.die(step.after);
      return [];
    case "read":
      return [[await log.read(), log.written()]];
    case "tail":
      return [[await log.tail(step.count), log.lastWritten(step.count)]];
  }
}

it.each(["collapse", "punch"] as const)(
  "writes, rotations, deaths and reads in any order: what is read is what was written (%s)",
  async (how) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 5, maxLength: 40 }), async (steps) => {
        const log = stage(how);
        for (const each of [...steps, { type: "read" as const }]) {
          for (const [seen, written] of await play(log, each)) expect(seen).toEqual(written);
        }
      }),
      { numRuns: 60 },
    );
  },
  60_000,
);

it.each(["collapse", "punch"] as const)(
  "who reads while it is rotated reads every byte once, in order (%s)",
  async (how) => {
    const log = stage(how);
    for (let line = 0; line < 200; line += 1) log.write(`line ${line} ${"x".repeat(line % 50)}\n`);
    const reads: Promise<string>[] = [];
    for (let round = 0; round < 20; round += 1) {
      const rotation = log.rotate();
      reads.push(log.read());
      const was = log.written();
      await rotation;
      expect((await reads[round])?.startsWith(was)).toBe(true);
      log.write(`round ${round} ${"y".repeat(200)}\n`);
    }
    expect(await log.read()).toBe(log.written());
  },
);
