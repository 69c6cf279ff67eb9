import { digestFile, digestTree, readFile } from "@tetra/durable-fs";
import type { FileSystem } from "@tetra/durable-fs";
import { formatState, readLog, fold, type TransactionState } from "@tetra/tts-core";
import { openFolderStore } from "../src/folder-store.ts";
import type { FolderStore } from "../src/store-api.ts";

/** Where the simulated stores are. */
export const ROOT = "/txns";

/** What a store has promised to somebody. */
export type Promised =
  | {
      readonly type: "state";
      readonly id: string;
      readonly revision: number;
      readonly state: TransactionState;
    }
  /** Another writer's line that one of ours was put behind. */
  | { readonly type: "line"; readonly id: string; readonly text: string }
  | {
      readonly type: "evidence";
      readonly id: string;
      readonly name: string;
      readonly digest: string;
    };

/** Opens a store whose chance, clock and boots are the test's. */
export function openSimulated(
  fs: FileSystem,
  options: {
    readonly mode?: "read" | "write";
    readonly seed?: string;
    readonly boot?: string;
  } = {},
): Promise<FolderStore> {
  const { mode = "write", seed = "a", boot = "boot-1" } = options;
  let count = 0;
  return openFolderStore(
    { folder: ROOT, fs, mode },
    {
      random: () => `${seed}${(count += 1)}`,
      bootId: () => boot,
      nowMs: () => 1_700_000_000_000,
      later: () => () => undefined,
    },
  );
}

/** Everything that is wrong with a store after it was opened, recovered and closed; empty when nothing is. */
export async function violations(fs: FileSystem, promised: readonly Promised[]): Promise<string[]> {
  const wrong: string[] = [];
  const seen = await openSimulated(fs, { mode: "read", boot: "boot-2", seed: "r" });
  wrong.push(...(await brokenPromises(fs, seen, { promised, when: "before recovery" })));
  await seen.close();

  const store = await openSimulated(fs, { boot: "boot-2", seed: "b" });
  await store.recover();
  const ids = await store.find("");
  const listed = (await store.list()).map(({ txn_id, stage }) => `${txn_id} ${stage}`);
  const loaded: string[] = [];
  for (const id of ids) loaded.push(`${id} ${(await store.load(id)).state.stage}`);
  if (listed.toSorted().join() !== loaded.toSorted().join()) {
    wrong.push(`list says ${listed.join()}, the folders say ${loaded.join()}`);
  }
  wrong.push(...(await brokenPromises(fs, store, { promised, when: "after recovery" })));
  await store.close();

  const after = await openSimulated(fs, { mode: "read", boot: "boot-2", seed: "c" });
  for (const id of ids) wrong.push(...(await brokenTransaction(fs, after, id)));
  const active = await after.active();
  if (active !== undefined && !ids.includes(active)) wrong.push(`active points at ${active}`);
  for (const hidden of [".new", ".journal"]) {
    const left = namesOf(fs, `${ROOT}/${hidden}`);
    if (left.length > 0) wrong.push(`left in ${hidden}: ${left.join()}`);
  }
  await after.close();
  return wrong;
}

async function brokenPromises(
  fs: FileSystem,
  store: FolderStore,
  { promised, when }: { promised: readonly Promised[]; when: string },
): Promise<string[]> {
  const wrong: string[] = [];
  for (const promise of promised) {
    const lines = await store.read(promise.id).catch(() => []);
    if (promise.type === "line") {
      if (!lines.some(({ text }) => text === promise.text))
        wrong.push(`${when}: lost ${promise.text}`);
    } else if (promise.type === "state") {
      const tx = await store.load(promise.id).catch(() => undefined);
      if (tx === undefined || tx.revision < promise.revision) {
        wrong.push(
          `${when}: ${promise.id} is at ${tx?.revision}, ${promise.revision} was promised`,
        );
        continue;
      }
      if (when === "before recovery") continue; // its log may still be in a dead journal
      const until = lines.filter(({ event }) => (event?.seq ?? 0) < promise.revision);
      const state = fold(promise.id, until).state;
      if (JSON.stringify(state) !== JSON.stringify(promise.state)) {
        wrong.push(`${when}: ${promise.id} at ${promise.revision} is ${JSON.stringify(state)}`);
      }
    } else if ((await digestOf(fs, store, promise)) !== promise.digest) {
      wrong.push(`${when}: the evidence ${promise.name} of ${promise.id} is not what was promised`);
    }
  }
  return wrong;
}

async function digestOf(
  fs: FileSystem,
  store: FolderStore,
  { id, name }: { id: string; name: string },
): Promise<string> {
  const path = `${store.paths(id).context}/${name}`;
  const kind = fs.stat(path)?.kind;
  if (kind === undefined) return "gone";
  return kind === "folder" ? await digestTree(fs, path) : await digestFile(fs, path);
}

/** Invariants 2, 3, 5 and the evidence rule, for one transaction. */
async function brokenTransaction(
  fs: FileSystem,
  store: FolderStore,
  id: string,
): Promise<string[]> {
  const wrong: string[] = [];
  const paths = store.paths(id);
  const log = readLog(readFile(fs, paths.log));
  if (log.damage !== undefined) wrong.push(`${id}: the log is ${log.damage}`);
  const own = log.lines.flatMap(({ event }) => event?.seq ?? []);
  if (own.some((seq, at) => seq !== at)) wrong.push(`${id}: the log's lines are ${own.join()}`);
  const tx = await store.load(id);
  if (tx.revision === 0) wrong.push(`${id}: is visible without its first event`);
  const text = new TextDecoder().decode(readFile(fs, paths.state));
  if (text !== formatState(tx.state, tx.revision)) wrong.push(`${id}: state.json is not the fold`);
  for (const { file, digest } of tx.evidence) {
    if ((await digestOf(fs, store, { id, name: file })) !== digest) {
      wrong.push(`${id}: the evidence ${file} is not what its event says`);
    }
  }
  for (const part of [paths.context, paths.artifacts, paths.build]) {
    if (fs.stat(part)?.kind !== "folder") wrong.push(`${id}: ${part} is missing`);
  }
  const left = [...namesOf(fs, paths.context), ...namesOf(fs, paths.folder)].filter((name) =>
    name.startsWith("."),
  );
  if (left.length > 0) wrong.push(`${id}: left behind: ${left.join()}`);
  return wrong;
}

function namesOf(fs: FileSystem, folder: string): string[] {
  return fs.stat(folder) === undefined ? [] : fs.names(folder);
}
