import { mkdirSync, writeFileSync } from "node:fs";
import { nodeFileSystem, tryLockFile } from "@tetra/durable-fs";
import { expect, it } from "vitest";
import { fakeClock } from "../../test/fake-clock.ts";
import { temporaryFolder } from "../../test/temporary-services.ts";
import { type AllotId, idAllotter } from "./ids.ts";
import { layoutOf, type Layout } from "./layout.ts";

interface Box {
  readonly allot: AllotId;
  readonly layout: Layout;
  readonly written: Map<string, number>;
  readonly write: (name: string) => (id: number) => void;
}

function box(...services: readonly (readonly [name: string, id: number])[]): Box {
  const layout = layoutOf(temporaryFolder());
  mkdirSync(layout.processes, { recursive: true });
  for (const [name, id] of services) {
    mkdirSync(`${layout.processes}/${name}`);
    writeFileSync(`${layout.processes}/${name}/meta.json`, JSON.stringify({ tsm_id: id }));
  }
  const written = new Map<string, number>();
  const allot = idAllotter({ fs: nodeFileSystem(), clock: fakeClock(), layout });
  return { allot, layout, written, write: (name) => (id) => void written.set(name, id) };
}

it("gives the lowest that nobody has, also to many at once", async () => {
  const { allot, written, write } = box(["a", 0], ["b", 2]);

  await Promise.all(["x", "y", "z"].map(async (name) => allot(name, write(name))));
  await allot("last", write("last"));

  expect(Object.fromEntries(written)).toEqual({ x: 1, y: 3, z: 4, last: 1 });
});

it("one that cannot be written down keeps none, and does not hinder the others", async () => {
  const { allot, written, write } = box();
  const failing = (): never => {
    throw new Error("no room");
  };

  const [first, second] = await Promise.allSettled([allot("x", failing), allot("y", write("y"))]);

  expect([first.status, second.status]).toEqual(["rejected", "fulfilled"]);
  expect(written.get("y")).toBe(0);
});

it("whoever has the lock is waited for, but not for ever; then the next may try", async () => {
  const { allot, layout, written, write } = box();
  const lock = tryLockFile(nodeFileSystem(), layout.idLock, { offset: 0, length: 1 });

  await expect(allot("x", write("x"))).rejects.toMatchObject({ code: "SERVICE_BUSY" });
  lock?.release();
  await allot("x", write("x"));

  expect(written.get("x")).toBe(0);
});
