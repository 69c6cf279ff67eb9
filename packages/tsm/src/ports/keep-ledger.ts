import { isSystemError } from "@tetra/durable-fs";
import { isTetraError } from "@tetra/errors";
import type { Meta } from "../files/meta.ts";
import { type Ledger, ledgerRow, withoutService, withRow } from "./ledger.ts";
import { changeLedger, nowS } from "./port-ledger.ts";
import type { PortStore } from "./port-store.ts";

type Registered = Pick<Meta, "tsm_id" | "name" | "port" | "pid">;

/**
 * Keeps the ledger while services start and go. That they do is true whatever the books say: when those
 * cannot be written, nothing fails, and the next scan brings them into agreement.
 */
export interface LedgerKeeper {
  /**
   * Notes what a service that was started says it will listen on.
   * @param actual what it was seen to listen on; `undefined`: nothing yet
   */
  started(meta: Registered, actual?: number): Promise<void>;
  /** Takes out the rows of one that was removed. */
  removed(meta: Registered): Promise<void>;
}

type Change = (ledger: Ledger) => Ledger;

/** Many services that start at once in this process are written down together. */
export function ledgerKeeper(store: PortStore): LedgerKeeper {
  let waiting: Change[] = [];
  let last: Promise<void> = Promise.resolve();
  const writeAfter = async (before: Promise<void>): Promise<void> => {
    await Promise.allSettled([before]);
    const changes = waiting;
    waiting = [];
    if (changes.length > 0) await writeChanges(store, changes);
  };
  const add = (change: Change): Promise<void> => {
    waiting.push(change);
    last = writeAfter(last);
    return last;
  };
  return {
    async started({ tsm_id: id, name, port, pid }, actual) {
      if (id === undefined || port === undefined) return; // a scan adds what it listens on
      const timestamp = nowS(store);
      const row = ledgerRow({ id, name, declared: port, actual, pid, timestamp });
      await add((ledger) => withRow(ledger, row));
    },
    async removed({ tsm_id: id = -1, name }) {
      if (store.fs.stat(store.registry) === undefined) return;
      await add((ledger) => withoutService(ledger, { id, name }));
    },
  };
}

async function writeChanges(store: PortStore, changes: readonly Change[]): Promise<void> {
  try {
    await changeLedger(store, (before) => ({
      ledger: changes.reduce((ledger, change) => change(ledger), before),
      result: undefined,
    }));
  } catch (error) {
    if (!isTetraError(error, "SERVICE_BUSY") && !isSystemError(error)) throw error;
  }
}
