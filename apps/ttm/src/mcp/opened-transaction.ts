import { newEvent, type NewEvent, type TransactionStore } from "@tetra/tts-core";
import { POLICY_FIELD } from "../agent-policy/agent-step.ts";
import type { App } from "../app.ts";
import { managerOf, withStore } from "../open-store.ts";
import { recordingFolder } from "../saga/starting-folder.ts";
import type { Session } from "./session.ts";

/** What a transaction is opened for. */
export interface Opening {
  readonly description: string;
  readonly target: string;
}

/**
 * Opens a transaction that agents may change: its first append says so, names the policy, and where its
 * commands work. A person's active transaction stays the active one.
 * @returns its id
 */
export function openTransaction(
  { app, agent, policyFile }: Pick<Session, "app" | "agent" | "policyFile">,
  opening: Opening,
): Promise<string> {
  return withStore(app, "write", async ({ store }) => {
    const own: TransactionStore = {
      ...recordingPolicy(store, policyFile),
      activate: async () => {},
    };
    const manager = managerOf(
      app,
      recordingFolder(own, () => app.cwd()),
    );
    const { id } = await manager.create({ ...opening, agent: agent() });
    return id;
  });
}

function recordingPolicy(store: TransactionStore, file: string): TransactionStore {
  return {
    ...store,
    create(id, events) {
      const [first] = events;
      if (first === undefined) return store.create(id, events);
      const changes = { [POLICY_FIELD]: file };
      const noted: readonly NewEvent[] = [newEvent("txn_update", first.ts_ms, { changes })];
      return store.create(id, [...events, ...noted]);
    },
  };
}

/** Records, in a transaction's state, who did something that has no event of its own. */
export async function noteAgent(
  app: App,
  id: string,
  changes: Readonly<Record<string, unknown>>,
): Promise<void> {
  await withStore(app, "write", ({ manager }) => manager.update(id, changes));
}
