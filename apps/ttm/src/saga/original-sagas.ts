import { isTetraError } from "@tetra/errors";
import {
  parseTransactions,
  TransactionManager,
  type TransactionRecord,
} from "@tetra/tts-core/saga-compat";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { App } from "../app.ts";
import { withStore } from "../open-store.ts";
import { realTimer } from "./timer.ts";

/**
 * Opens the store as the original's manager would see it. The original's own file of transactions is
 * read in once, the first time.
 */
export function withOriginals<T>(
  app: App,
  use: (manager: TransactionManager) => Promise<T>,
): Promise<T> {
  return withStore(app, "write", async ({ store }) => {
    const { clock } = app;
    const manager = new TransactionManager({ store, clock, timer: realTimer, random: Math.random });
    await importOnce(manager, app);
    return use(manager);
  });
}

async function importOnce(manager: TransactionManager, app: App): Promise<void> {
  const file = join(app.env["HOME"] || homedir(), ".aumai", "transactions", "transactions.json");
  const mark = join(app.places().root, "ttm", ".aumai-imported");
  if (existsSync(mark) || !existsSync(file)) return;
  for (const record of parseTransactions(readFileSync(file, "utf8"), file)) {
    await register(record, manager, app);
  }
  mkdirSync(dirname(mark), { recursive: true });
  writeFileSync(mark, `${file}\n`);
}

async function register(
  record: TransactionRecord,
  manager: TransactionManager,
  { err }: App,
): Promise<void> {
  try {
    await manager.registerTransaction(record);
  } catch (error) {
    if (isTetraError(error, "EXISTS")) return; // an import that was cut off
    if (!isTetraError(error, "INVALID_ID")) throw error;
    err.print(`Not imported: ${error.message}`);
  }
}

/** An instant as the original prints it. */
export function originalInstant(instant: string): string {
  return instant.replace(/Z$/u, "+00:00");
}
