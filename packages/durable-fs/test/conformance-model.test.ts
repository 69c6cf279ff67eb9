import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { type FileSystem, isSystemError, nodeFileSystem, type OpenMode } from "../src/index.ts";
import { simulatedDisk } from "../src/testing/index.ts";

/** A file system in use: descriptors are kept in slots, because their numbers differ. */
interface Side {
  readonly fs: FileSystem;
  readonly root: string;
  readonly slots: Map<number, number>;
}

type Step = (side: Side) => unknown;

/** It flushes a real disk some thousand times. */
const PATIENCE_MS = 60_000;
const MODES: readonly OpenMode[] = ["read", "update", "append", "create", "folder"];
const PATHS = ["a", "b", "a/b", "b/a", "a/b/a", "a/.", "b/..", "c"];
const TARGETS = ["a", "b", "../b", "missing", "c", "."];

const path = fc.constantFrom(...PATHS);
const slot = fc.nat(3);
const content = fc.uint8Array({ minLength: 1, maxLength: 12 });
const place = fc.option(fc.nat(20), { nil: undefined });
const range = fc.record({ offset: fc.nat(4), length: fc.nat(3), shared: fc.boolean() });

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(slot, path, fc.constantFrom(...MODES)).map(([at, name, mode]) =>
    named(`open ${at} ${name} ${mode}`, (side) => {
      const old = side.slots.get(at);
      if (old !== undefined) side.fs.close(old);
      side.slots.delete(at);
      side.slots.set(at, side.fs.open(`${side.root}/${name}`, mode));
    }),
  ),
  fc
    .tuple(slot, content, place)
    .map(([at, bytes, position]) =>
      named(`write ${at} ${bytes.length} ${position}`, (side) =>
        side.fs.write(fd(side, at), bytes, position),
      ),
    ),
  fc
    .tuple(slot, fc.nat(20), fc.integer({ min: 1, max: 20 }))
    .map(([at, from, length]) =>
      named(`read ${at}`, (side) => [...side.fs.read(fd(side, at), from, length)]),
    ),
  fc
    .tuple(slot, fc.nat(30))
    .map(([at, length]) =>
      named(`truncate ${at} ${length}`, (side) => side.fs.truncate(fd(side, at), length)),
    ),
  slot.map((at) => named(`flush ${at}`, (side) => side.fs.flush(fd(side, at)))),
  slot.map((at) => named(`flushLater ${at}`, (side) => side.fs.flushLater(fd(side, at)))),
  slot.map((at) => named(`statOpen ${at}`, (side) => shown(side.fs.statOpen(fd(side, at))))),
  fc
    .tuple(slot, range)
    .map(([at, wanted]) =>
      named(`tryLock ${at} ${JSON.stringify(wanted)}`, (side) =>
        side.fs.tryLock(fd(side, at), wanted),
      ),
    ),
  fc
    .tuple(slot, range)
    .map(([at, wanted]) =>
      named(`unlock ${at} ${JSON.stringify(wanted)}`, (side) =>
        side.fs.unlock(fd(side, at), wanted),
      ),
    ),
  onPath("stat", (fs, at) => {
    const stat = fs.stat(at);
    return stat === undefined ? undefined : shown(stat);
  }),
  onPath("names", (fs, at) => fs.names(at).toSorted()),
  onPath("makeFolder", (fs, at) => fs.makeFolder(at)),
  onPath("removeFile", (fs, at) => fs.removeFile(at)),
  onPath("removeFolder", (fs, at) => fs.removeFolder(at)),
  onPath("readLink", (fs, at) => fs.readLink(at)),
  onPath("setMode", (fs, at) => fs.setMode(at, 0o700)),
  onTwoPaths("rename", (fs, from, to) => fs.rename(from, to)),
  onTwoPaths("exchange", (fs, a, b) => fs.exchange(a, b)),
  onTwoPaths("copy", (fs, from, to) => fs.copy(from, to)),
  fc
    .tuple(fc.constantFrom(...TARGETS), path)
    .map(([target, name]) =>
      named(`makeLink ${target} ${name}`, (side) =>
        side.fs.makeLink(target, `${side.root}/${name}`),
      ),
    ),
);

function onPath(name: string, call: (fs: FileSystem, at: string) => unknown): fc.Arbitrary<Step> {
  return path.map((at) => named(`${name} ${at}`, ({ fs, root }) => call(fs, `${root}/${at}`)));
}

function onTwoPaths(
  name: string,
  call: (fs: FileSystem, from: string, to: string) => unknown,
): fc.Arbitrary<Step> {
  return fc
    .tuple(path, path)
    .map(([from, to]) =>
      named(`${name} ${from} ${to}`, ({ fs, root }) =>
        call(fs, `${root}/${from}`, `${root}/${to}`),
      ),
    );
}

/** Shows itself when a property fails. */
function named(name: string, run: Step): Step {
  return Object.assign(run, { [fc.toStringMethod]: () => name });
}

const CLOSED = 999;
const fd = (side: Side, at: number): number => side.slots.get(at) ?? CLOSED;

function shown({ kind, size, mode }: { kind: string; size: number; mode: number }): unknown {
  return kind === "folder" ? { kind } : { kind, size, mode };
}

async function outcome(run: Step, side: Side): Promise<unknown> {
  try {
    return await run(side);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return error.code;
  }
}

function treeOf({ fs }: Side, folder: string): unknown {
  return fs
    .names(folder)
    .toSorted()
    .map((name) => {
      const at = `${folder}/${name}`;
      const kind = fs.stat(at)?.kind;
      if (kind === "folder") return [name, treeOf({ fs, root: folder, slots: new Map() }, at)];
      if (kind === "link") return [name, fs.readLink(at)];
      const opened = fs.open(at, "read");
      const bytes = [...fs.read(opened, 0, 100)];
      fs.close(opened);
      return [name, bytes];
    });
}

it(
  "behaves like the real file system, step by step, whatever is done",
  async () => {
    const outside = mkdtempSync(join(tmpdir(), "durable-fs-"));
    onTestFinished(() => rmSync(outside, { recursive: true }));
    const real = nodeFileSystem();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        runs += 1;
        // one folder more, because links and dots lead out of the root
        const outer = `${outside}/${runs}`;
        const simulated = simulatedDisk().fs();
        const sides = [
          { fs: real, root: `${outer}/root`, slots: new Map<number, number>() },
          { fs: simulated, root: "/outer/root", slots: new Map<number, number>() },
        ] as const;
        for (const { fs, root } of sides) {
          fs.makeFolder(dirname(root));
          fs.makeFolder(root);
        }
        try {
          for (const run of steps) {
            expect(await outcome(run, sides[1])).toEqual(await outcome(run, sides[0]));
          }
          expect(treeOf(sides[1], sides[1].root)).toEqual(treeOf(sides[0], sides[0].root));
        } finally {
          for (const opened of sides[0].slots.values()) real.close(opened);
        }
      }),
      { numRuns: 300 },
    );
  },
  PATIENCE_MS,
);
