import { begin, type Clock, newIds, STANDARD, type TransactionStore } from "@tetra/tts-core";
import type { Sagas } from "@tetra/tts-core/saga";
import type { CheckedAnswer } from "./check-answer.ts";
import { diffText } from "./diff-text.ts";
import { imagesOf, patchSaga } from "./patch-saga.ts";

/** What changes are recorded with. */
export interface RecordPorts {
  readonly store: TransactionStore;
  readonly clock: Clock;
  readonly sagas: Pick<Sagas, "define">;
}

/** What is recorded besides the changes. */
export interface RecordOptions {
  /** The project's folder, as `ProjectFiles` has it. */
  readonly root: string;
  readonly description: string;
  /** Who carries it out. Default `human`. */
  readonly agent?: string;
  /** The answer as it was given, kept beside the files. */
  readonly answer: string;
  /** Told the transaction's id before anything else of it is there. */
  readonly onCreated?: (id: string) => Promise<void>;
}

/** The artifacts of a transaction that applies an answer, besides the files' contents. */
export const PATCH_ARTIFACTS = { answer: "answer.md", diff: "changes.diff" } as const;

/**
 * Makes the transaction that applies a checked answer, and keeps in it every file as it was and as it shall
 * be: durable before the saga is defined. Nothing of the project is changed; resume the saga to do that.
 * @returns the transaction's id.
 * @throws TetraError what the store throws.
 */
export async function recordPatch(
  { store, clock, sagas }: RecordPorts,
  checked: CheckedAnswer,
  { root, description, agent = "human", answer, onCreated }: RecordOptions,
): Promise<string> {
  const request = { description, target: "@local", agent };
  const id = await newIds(clock).create(description, async (free, atMs) => {
    await store.create(free, begin(free, { ...request, atMs }, STANDARD));
    return free;
  });
  await onCreated?.(id);
  const encoder = new TextEncoder();
  await store.putArtifact(id, PATCH_ARTIFACTS.answer, encoder.encode(answer));
  await store.putArtifact(id, PATCH_ARTIFACTS.diff, encoder.encode(diffText(checked.changes)));
  for (const [at, change] of checked.changes.entries()) {
    const { before, after } = imagesOf(change, at);
    if (before !== undefined) await store.putArtifact(id, before, change.old ?? new Uint8Array());
    if (after !== undefined) await store.putArtifact(id, after, change.fresh ?? new Uint8Array());
  }
  await sagas.define(id, patchSaga(checked, { root, txn: id }));
  return id;
}
