import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TransactionManager, transactionManager } from "@tetra/tts-core";
import { fakeClock } from "@tetra/tts-core/testing";
import { onTestFinished } from "vitest";
import { type FolderStoreSeams, openFolderStore } from "../src/folder-store.ts";
import type { FolderStore, FolderStoreOptions } from "../src/store-api.ts";

/** When everything happens in these tests, unless they say otherwise. */
export const AT_MS: number = Date.UTC(2026, 0, 31, 9, 30);

/** An empty folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "ttm-fs-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens a store that is closed with the test. */
export async function openStore(
  folder: string,
  options: Partial<FolderStoreOptions> = {},
  seams: FolderStoreSeams = {},
): Promise<FolderStore> {
  const store = await openFolderStore({ ...options, folder }, seams);
  onTestFinished(() => store.close());
  return store;
}

/** A manager whose clock stands still. */
export function managerOf(store: FolderStore): TransactionManager {
  return transactionManager({ store, clock: fakeClock(AT_MS) });
}

/** A store in a temporary folder, and a manager over it. */
export async function temporaryStore(): Promise<{
  readonly home: string;
  readonly folder: string;
  readonly store: FolderStore;
  readonly manager: TransactionManager;
}> {
  const home = temporaryFolder();
  const folder = join(home, "txns");
  const store = await openStore(folder);
  await store.init();
  return { home, folder, store, manager: managerOf(store) };
}

/** Bytes of a text. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Text as evidence that a transaction gets. */
export function noteOf(text: string, name = "notes.txt"): { bytes: Uint8Array; name: string } {
  return { bytes: bytesOf(text), name };
}

/** Everything below a folder: kind, mode and content (of links the target) by path. */
export function treeOf(folder: string, prefix = ""): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const name of readdirSync(folder).toSorted()) {
    const path = join(folder, name);
    const stat = lstatSync(path);
    const mode = (stat.mode & 0o7777).toString(8);
    if (stat.isDirectory()) {
      tree[`${prefix}${name}/`] = mode;
      Object.assign(tree, treeOf(path, `${prefix}${name}/`));
    } else if (stat.isSymbolicLink()) tree[`${prefix}${name}`] = `→ ${readlinkSync(path)}`;
    else if (stat.isFile()) tree[`${prefix}${name}`] = `${mode} ${readFileSync(path, "base64")}`;
    else tree[`${prefix}${name}`] = "neither file nor folder";
  }
  return tree;
}
