import { readFile } from "@tetra/durable-fs";
import type { FileSystem } from "@tetra/durable-fs";
import { simulatedDisk } from "@tetra/durable-fs/testing";
import { expect, it } from "vitest";
import type { RangeCutter } from "./cut-range.ts";
import { extentOf } from "./extent.ts";
import { logPaths } from "./log-paths.ts";
import { readBytes } from "./read-bytes.ts";
import { rotateStream } from "./rotate.ts";
import { segmentName } from "./segment.ts";

const OUT = "/web/current.out";
const BLOCK = 1024;
const paths = logPaths({ folder: "/web", out: OUT, err: "/web/current.err" });
const text = Array.from({ length: 300 }, (_, line) => `line ${line}\n`).join("");

function written(): ReturnType<typeof simulatedDisk> {
  const disk = simulatedDisk();
  const fs = disk.fs("service");
  fs.makeFolder("/web");
  fs.makeFolder(paths.folder);
  fs.write(fs.open(OUT, "append"), new TextEncoder().encode(text));
  return disk;
}

/** A file system on which something happens before the nth operation. */
function interrupted(fs: FileSystem, nth: number, happens: () => void): FileSystem {
  let count = 0;
  return new Proxy(fs, {
    get(target, key) {
      count += 1;
      if (count === nth) happens();
      const operation: unknown = Reflect.get(target, key);
      return operation;
    },
  });
}

async function readAll(fs: FileSystem): Promise<string> {
  const decoder = new TextDecoder();
  const range = { stream: "out", from: 0, to: Number.MAX_SAFE_INTEGER } as const;
  let all = "";
  for await (const { bytes } of readBytes({ fs, paths }, range)) all += decoder.decode(bytes);
  return all;
}

const MOMENTS = Array.from({ length: 60 }, (_, at) => at + 1);

/** A log that somebody was about to cut when he died. @returns what makes the cut */
async function aboutToCut(disk: ReturnType<typeof simulatedDisk>): Promise<() => void> {
  let cut = (): void => {};
  const cutter: RangeCutter = {
    async collapse({ length }) {
      cut = () => {
        const fs = disk.fs("kernel");
        const fd = fs.open(OUT, "update");
        const rest = fs.read(fd, length, fs.statOpen(fd).size);
        fs.truncate(fd, 0);
        fs.write(fd, rest, 0);
      };
      throw new Error("died before the cut");
    },
    punch: async () => "unsupported",
  };
  const clock = { now: () => 0, sleep: async () => {} };
  const parts = { fs: disk.fs("rotator"), clock, cutter, blockBytes: () => BLOCK };
  const rotation = rotateStream(parts, { paths, stream: "out", lock: 0 });
  await rotation.catch((error: unknown) => error);
  const service = disk.fs("service"); // which goes on
  service.write(service.open(OUT, "append"), new TextEncoder().encode(text.repeat(2)));
  return cut;
}

it.each(MOMENTS)("the cut may come at any moment of reading: before operation %d", async (nth) => {
  const disk = written();
  const cut = await aboutToCut(disk);

  expect(await readAll(interrupted(disk.fs("reader"), nth, cut))).toBe(text.repeat(3));
});

it.each(MOMENTS)(
  "the cut may come at any moment of measuring: before operation %d",
  async (nth) => {
    const disk = written();
    const cut = await aboutToCut(disk);

    expect(extentOf(interrupted(disk.fs("reader"), nth, cut), paths, "out").end).toBe(
      3 * text.length,
    );
  },
);

it.each(MOMENTS)(
  "what is archived may be marked before it is noted: before operation %d",
  async (nth) => {
    const disk = written();
    const fs = disk.fs("rotator");
    fs.write(fs.open(paths.note.out, "create"), new TextEncoder().encode('{"base":0}'));
    const archive = (): void => {
      const whole = { stream: "out", start: 0, end: BLOCK, atMs: 0, isCompressed: false } as const;
      const head = readFile(fs, OUT).subarray(0, BLOCK);
      fs.write(fs.open(`${paths.folder}/${segmentName(whole)}`, "create"), head);
      fs.write(fs.open(OUT, "update"), new TextEncoder().encode("[the mark]"), 0);
    };

    expect(await readAll(interrupted(disk.fs("reader"), nth, archive))).toBe(text);
  },
);

it("what was removed is left out, and the places behind it stay", async () => {
  const disk = written();
  const fs = disk.fs();
  const segment = { stream: "out", start: 500, end: 510, atMs: 0, isCompressed: false } as const;
  fs.write(
    fs.open(`${paths.folder}/${segmentName(segment)}`, "create"),
    new Uint8Array(10).fill(120),
  );
  fs.write(fs.open(paths.note.out, "create"), new TextEncoder().encode('{"base":1000}'));

  const pieces: (readonly [number, number])[] = [];
  for await (const { offset, bytes } of readBytes(
    { fs, paths },
    { stream: "out", from: 0, to: 1020 },
  )) {
    pieces.push([offset, bytes.length]);
  }

  expect(pieces).toEqual([
    [500, 10],
    [1000, 20],
  ]);
});
