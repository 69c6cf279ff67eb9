import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simulatedDisk } from "@tetra/durable-fs/testing";
import { conformanceCases, type StoreFixture } from "@tetra/tts-core/testing";
import { describe, expect, it } from "vitest";
import { openFolderStore } from "../src/index.ts";

async function onRealDisk(): Promise<StoreFixture> {
  const home = mkdtempSync(join(tmpdir(), "ttm-fs-"));
  const open = () => openFolderStore({ folder: join(home, "txns") });
  return {
    store: await open(),
    reopen: open,
    cleanup: async () => rmSync(home, { recursive: true }),
  };
}

/** Each opening is a process of its own, with writes that are cut short at random. */
async function onSimulatedDisk(): Promise<StoreFixture> {
  const disk = simulatedDisk({ shortWrites: 1 });
  let opened = 0;
  const open = () => {
    opened += 1;
    return openFolderStore({ folder: "/tetra/ttm/txns", fs: disk.fs(`process ${opened}`) });
  };
  return { store: await open(), reopen: open, cleanup: async () => undefined };
}

describe.each([
  ["the real file system", onRealDisk],
  ["the simulated disk", onSimulatedDisk],
])("on %s the store keeps the port's promise", (_name, open) => {
  it.each(conformanceCases(open))("$name", async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});
