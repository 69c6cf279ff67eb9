import type { FileSystem } from "@tetra/durable-fs";
import { SimulatedCrash, type SimulatedDisk, simulatedDisk } from "@tetra/durable-fs/testing";
import { describe, expect, it, vi } from "vitest";
import type { CutAnswer, RangeCut, RangeCutter } from "./cut-range.ts";
import { logPaths } from "./log-paths.ts";
import { readBytes } from "./read-bytes.ts";
import { recoverStream, type RotationParts, rotateStream } from "./rotate.ts";
import { type Cut, readNoteText } from "./rotation-note.ts";

vi.setConfig({ testTimeout: 60_000 });
const BLOCK = 128;
const FOLDER = "/web";
const OUT = `${FOLDER}/current.out`;
const paths = logPaths({ folder: FOLDER, out: OUT, err: `${FOLDER}/current.err` });
const ORDER: readonly Cut[] = ["collapse", "punch", "truncate"];

/** A service on a simulated disk; it goes on writing whenever something is waited for. */
interface Simulated {
  readonly disk: SimulatedDisk;
  /** Everything that it ever wrote. */
  readonly written: () => string;
  readonly write: (lines: number) => void;
  readonly partsOf: (process: string) => RotationParts;
}

function simulated(
  able: Cut,
  { isWriting = true }: { readonly isWriting?: boolean } = {},
): Simulated {
  let isBusy = false;
  let text = "";
  let line = 0;
  const disk = simulatedDisk({
    async pause() {
      if (isBusy) write(3);
    },
  });
  const service = disk.fs("service");
  service.makeFolder(FOLDER);
  service.makeFolder(paths.folder);
  const log = service.open(OUT, "append");

  function write(lines: number): void {
    for (let left = lines; left > 0; left -= 1) {
      const words = `line ${line} ${"x".repeat(line % 37)}\n`;
      service.write(log, new TextEncoder().encode(words));
      text += words;
      line += 1;
    }
  }

  write(100);
  for (const folder of ["/", FOLDER]) service.flush(service.open(folder, "folder"));
  service.flush(log);
  isBusy = isWriting;
  const cutter = cutterOn(disk.fs("kernel"), able);
  const partsOf = (process: string): RotationParts => ({
    fs: disk.fs(process),
    clock: { now: () => 0, sleep: async () => {} },
    cutter,
    blockBytes: () => BLOCK,
  });
  return { disk, written: () => text, write, partsOf };
}

/** What the kernel does, in one step and durably. */
function cutterOn(kernel: FileSystem, able: Cut): RangeCutter {
  const change =
    (how: Cut, changed: (bytes: Uint8Array) => Uint8Array) => async (): Promise<CutAnswer> => {
      if (ORDER.indexOf(able) > ORDER.indexOf(how)) return "unsupported";
      const fd = kernel.open(OUT, "update");
      const bytes = changed(kernel.read(fd, 0, kernel.statOpen(fd).size));
      kernel.truncate(fd, 0);
      kernel.write(fd, bytes, 0);
      kernel.flush(fd);
      kernel.close(fd);
      return "done";
    };
  return {
    collapse: async ({ length }: RangeCut) => change("collapse", (bytes) => bytes.slice(length))(),
    punch: async ({ length }: RangeCut) => change("punch", (bytes) => bytes.fill(0, 0, length))(),
  };
}

/** What fails where the other would have cut. */
function failing(able: Cut): RangeCutter {
  const answer = (how: Cut) => async (): Promise<CutAnswer> => {
    if (ORDER.indexOf(able) > ORDER.indexOf(how)) return "unsupported";
    throw new Error("failed");
  };
  return { collapse: answer("collapse"), punch: answer("punch") };
}

/** The file system of a process that is killed after so many operations. */
function mortal(disk: SimulatedDisk, name: string, after: number): FileSystem {
  let left = after;
  return new Proxy(disk.fs(name), {
    get(fs, key) {
      left -= 1;
      if (left < 0) disk.kill(name);
      const operation: unknown = Reflect.get(fs, key);
      return operation;
    },
  });
}

async function readAll(fs: FileSystem): Promise<string> {
  const decoder = new TextDecoder();
  const range = { stream: "out", from: 0, to: Number.MAX_SAFE_INTEGER } as const;
  let text = "";
  for await (const { bytes } of readBytes({ fs, paths }, range))
    text += decoder.decode(bytes, { stream: true });
  return text;
}

const place = { paths, stream: "out", lock: 0 } as const;

describe.each(ORDER)("a rotation where the file system can %s", (able) => {
  it("takes the beginning off the file, and the log reads as it was written", async () => {
    const { disk, written, partsOf } = simulated(able);
    const parts = partsOf("main");
    const before = parts.fs.stat(OUT)?.size ?? 0;

    const first = await rotateStream(parts, place);
    const second = await rotateStream(parts, place);

    expect(first).toMatchObject({ stream: "out", how: able });
    expect(readNoteText(parts.fs, paths.note.out)).not.toContain("cut");
    expect(second).toMatchObject({ stream: "out", how: able });
    expect((first?.bytes ?? 0) + (second?.bytes ?? 0)).toBeGreaterThan(before - BLOCK);
    expect(await readAll(disk.fs("reader"))).toBe(written());
  });

  it("may die at any step: at once and after the next rotation, no byte is lost or doubled", async () => {
    const whole = simulated(able);
    await rotateStream(whole.partsOf("main"), place);
    await rotateStream(whole.partsOf("main"), place);
    const steps = [...whole.disk.trace.keys()].filter(
      (at) => whole.disk.trace[at]?.process === "main" && whole.disk.trace[at]?.changes,
    );
    expect(steps.length).toBeGreaterThan(20);
    for (const step of steps) {
      const { disk, written, write, partsOf } = simulated(able);
      disk.crashAt(step);
      await rotateStream(partsOf("main"), place).catch(ignoreCrash);
      await rotateStream(partsOf("main"), place).catch(ignoreCrash);
      const story = `died before step ${step}`;
      expect(await readAll(disk.fs("reader")), story).toBe(written());
      write(20); // nobody looks for a while

      expect(await readAll(disk.fs("reader")), story).toBe(written());
      await recoverStream(partsOf("next"), place);
      expect(await readAll(disk.fs("reader")), story).toBe(written());
      await rotateStream(partsOf("next"), place);
      expect(await readAll(disk.fs("reader")), story).toBe(written());
    }
  });

  it("who finishes what another left may die at any step, too", async () => {
    let deaths = 0;
    for (let step = 0; step < 100; step += 1) {
      const { disk, written, write, partsOf } = simulated(able, { isWriting: false });
      const { fs, ...rest } = partsOf("main");
      disk.failWhen(({ name, path }) => (name === "truncate" && path === OUT ? "EIO" : undefined));
      await expect(rotateStream({ ...rest, fs, cutter: failing(able) }, place)).rejects.toThrow(
        /fail|EIO/,
      );
      disk.failWhen(undefined);
      deaths += await recoverStream({ ...rest, fs: mortal(disk, "second", step) }, place).then(
        () => 0,
        (error: unknown) => {
          ignoreCrash(error);
          return 1;
        },
      );
      write(5);

      const story = `the second died before step ${step}`;
      expect(await readAll(disk.fs("reader")), story).toBe(written());
      await recoverStream(partsOf("third"), place);
      expect(await readAll(disk.fs("reader")), story).toBe(written());
    }
    expect(deaths).toBeGreaterThan(10);
  });

  it("may meet a power cut at any step: what was flushed is read once, and so is what comes then", async () => {
    const whole = simulated(able, { isWriting: false });
    await rotateStream(whole.partsOf("main"), place);
    const { trace } = whole.disk;
    const steps = [...trace.keys()].filter(
      (at) => trace[at]?.process === "main" && trace[at]?.changes,
    );
    let disks = 0;
    for (const step of steps) {
      const { disk, written, partsOf } = simulated(able, { isWriting: false });
      disk.crashAt(step);
      await rotateStream(partsOf("main"), place).catch(ignoreCrash);
      for (const cut of disk.powerCuts({ limit: 30 })) {
        disks += 1;
        const story = `cut before step ${step}\n${cut.story()}`;
        const fs = cut.fs("next");
        const parts = { ...partsOf("next"), fs, cutter: cutterOn(cut.fs("kernel"), able) };
        expect(await readAll(fs), story).toBe(written());
        await recoverStream(parts, place);
        const log = fs.open(OUT, "append");
        fs.write(log, new TextEncoder().encode("after\n"));
        expect(await readAll(fs), story).toBe(`${written()}after\n`);
        await rotateStream(parts, place);
        expect(await readAll(fs), story).toBe(`${written()}after\n`);
      }
    }
    expect(disks).toBeGreaterThan(20);
  });
});

it("a log that a power cut shortens is archived no further, so that nothing hides what comes then", async () => {
  const { trace } = await unflushed();
  const steps = [...trace.keys()].filter(
    (at) => trace[at]?.process === "main" && trace[at]?.changes,
  );
  let shortened = 0;
  for (const step of steps) {
    const service = simulated("collapse", { isWriting: false });
    const { disk, written, partsOf } = service;
    disk.crashAt(step);
    await unflushed(service);
    for (const cut of disk.powerCuts({ limit: 20 })) {
      const story = `cut before step ${step}\n${cut.story()}`;
      const fs = cut.fs("next");
      const parts = { ...partsOf("next"), fs, cutter: cutterOn(cut.fs("kernel"), "collapse") };
      await recoverStream(parts, place);
      const log = fs.open(OUT, "append");
      fs.write(log, new TextEncoder().encode("after\n"));
      const text = await readAll(fs);
      expect(text.endsWith("after\n"), story).toBe(true);
      expect(text.length, story).toBeLessThanOrEqual(written().length + 6);
      if (text.length < written().length) shortened += 1;
    }
  }
  expect(shortened).toBeGreaterThan(0);
});

/** A rotation of a log whose end nobody has flushed. */
async function unflushed(
  service = simulated("collapse", { isWriting: false }),
): Promise<SimulatedDisk> {
  service.write(100);
  await rotateStream(service.partsOf("main"), place).catch(ignoreCrash);
  return service.disk;
}

function ignoreCrash(error: unknown): void {
  if (!(error instanceof SimulatedCrash)) throw error;
}

it("a log without a whole block, and one that is not there, stay as they are", async () => {
  const { partsOf } = simulated("collapse");
  const parts = partsOf("main");

  expect(await rotateStream(parts, { ...place, stream: "err" })).toBeUndefined();
  await rotateStream(parts, place);
  const { size = 0 } = parts.fs.stat(OUT) ?? {};

  expect(size).toBeGreaterThan(0);
});
