import { isTetraError } from "@tetra/errors";
import { afterAll, describe, expect, it } from "vitest";
import type { SimulatedDisk } from "@tetra/durable-fs/testing";
import { transactionManager } from "@tetra/tts-core";
import { fakeClock } from "@tetra/tts-core/testing";
import { openSimulated, type Promised, ROOT, violations } from "./invariants.ts";
import { diskBefore, type Story } from "./scenarios.ts";

const counts = { faults: 0, disks: 0 };

afterAll(() => {
  process.stdout.write(`faults: ${counts.faults} injected, ${counts.disks} surviving disks\n`);
});

const encoder = new TextEncoder();

/** Where a failure leaves something behind, it matters whether the process could still tidy up. */
const ENDS: Readonly<Record<string, readonly ("closed" | "killed")[]>> = {
  write: ["closed", "killed"],
  flush: ["closed", "killed"],
  flushLater: ["closed", "killed"],
  rename: ["closed", "killed"],
};
const before: Story = { name: "before", run: () => Promise.resolve() };

/** Does several things, each of which may fail; returns what was promised and how the rest failed. */
async function work(
  disk: SimulatedDisk,
  end: "closed" | "killed" = "closed",
): Promise<{ notes: Promised[]; errors: unknown[] }> {
  const notes: Promised[] = [];
  const errors: unknown[] = [];
  const attempt = async <T>(run: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await run();
    } catch (error) {
      errors.push(error);
      return undefined;
    }
  };
  const store = await attempt(() => openSimulated(disk.fs("worker"), { seed: "w" }));
  if (store === undefined) return { notes, errors };
  const manager = transactionManager({ store, clock: fakeClock(Date.UTC(2026, 0, 31, 9, 30)) });
  const note = async (id: string): Promise<void> => {
    const { revision, state } = await store.load(id);
    notes.push({ type: "state", id, revision, state });
  };
  const createOnce = (description: string): Promise<string | undefined> =>
    attempt(async () => {
      const { id } = await manager.create({ description });
      await attempt(() => note(id));
      return id;
    });
  // whoever is told that it failed tries again, with the same id since the clock stands still
  const create = async (description: string): Promise<string | undefined> =>
    (await createOnce(description)) ?? (await createOnce(description));
  const move = (id: string, stage: string): Promise<void> =>
    attempt(async () => {
      await manager.transition(stage, id);
      await attempt(() => note(id));
    });
  const alone = await create("alone");
  if (alone !== undefined) {
    await move(alone, "SELECT");
    await attempt(async () => {
      const source = { bytes: encoder.encode("port = 1\n"), name: "x" };
      const { name, digest } = await manager.addContext({ source, description: "config" }, alone);
      notes.push({ type: "evidence", id: alone, name, digest });
    });
  }
  const made = await Promise.all(["a", "b"].map(create));
  const ids = [alone, ...made].filter((id) => id !== undefined);
  await Promise.all(ids.map((id) => move(id, "ASSEMBLE")));
  await Promise.all(ids.map((id) => move(id, "EXECUTE")));
  await attempt(() => store.list());
  if (end === "closed") await attempt(() => store.close());
  disk.failWhen(undefined);
  disk.kill("worker");
  return { notes, errors };
}

interface Checked {
  readonly notes: readonly Promised[];
  readonly where: string;
  /**
   * A folder whose flush failed: its names are lost to the disk for good while memory shows them. Real
   * file systems keep names in their journal, and stop when that fails; nobody gets to recover there.
   */
  readonly lostNames: boolean;
}

async function check(disk: SimulatedDisk, { notes, where, lostNames }: Checked): Promise<void> {
  await checkCuts(disk, { notes, where });
  expect(await violations(disk.fs("checker"), notes), where).toEqual([]);
  if (lostNames) return;
  // what was recovered from memory must have reached the disk as well
  disk.kill("checker");
  await checkCuts(disk, { notes, where: `${where}, then recovered` });
}

async function checkCuts(
  disk: SimulatedDisk,
  { notes, where }: { notes: readonly Promised[]; where: string },
): Promise<void> {
  for (const cut of disk.powerCuts({ limit: 4, seed: counts.faults })) {
    counts.disks += 1;
    expect(await violations(cut.fs("checker"), notes), `${where}\n${cut.story()}`).toEqual([]);
  }
}

describe("a failing disk", () => {
  it.each(["EIO", "ENOSPC", "EACCES", "EMFILE"])(
    "keeps every promise and says IO when any one operation fails with %s",
    { timeout: 180_000 },
    async (code) => {
      const start = await diskBefore(before);
      const whole = start.clone();
      await work(whole);
      const operations = whole.trace.filter(
        ({ changes, name }) => changes || (code === "EMFILE" && name === "open"),
      );
      for (const { index, name, path } of operations) {
        for (const end of ENDS[name] ?? (["closed"] as const)) {
          counts.faults += 1;
          const disk = start.clone();
          disk.failWhen((operation) => (operation.index === index ? code : undefined));
          const { notes, errors } = await work(disk, end);
          const where = `${code} at ${index}: ${name} ${path}, then ${end}`;
          for (const error of errors) {
            if (!isTetraError(error)) {
              throw new Error(`${where}: ${String(error)}`, { cause: error });
            }
          }
          const lostNames = name.startsWith("flush") && !/(\.ndjson|data)$/.test(path);
          await check(disk, { notes, where, lostNames });
        }
      }
    },
  );

  it(
    "keeps every promise when it fills up at any byte, writing short without an error",
    { timeout: 180_000 },
    async () => {
      const start = await diskBefore(before);
      for (let free = 0; free < 9000; free += 97) {
        counts.faults += 1;
        const disk = start.clone();
        disk.freeBytes = free;
        const { notes, errors } = await work(disk);
        disk.freeBytes = Number.POSITIVE_INFINITY;
        for (const error of errors) {
          if (!isTetraError(error)) throw new Error(`${free} bytes free`, { cause: error });
        }
        await check(disk, { notes, where: `${free} bytes free below ${ROOT}`, lostNames: false });
      }
    },
  );
});
