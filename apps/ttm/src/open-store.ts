import { type FolderStore, openFolderStore } from "@tetra/ttm-fs";
import {
  type TargetResolver,
  type TransactionManager,
  transactionManager,
  type TransactionStore,
} from "@tetra/tts-core";
import type { App } from "./app.ts";

/** An open store and what one does with it. */
export interface Opened {
  readonly store: FolderStore;
  readonly manager: TransactionManager;
}

/** Opens the store, hands it over, and closes it whatever happens. */
export async function withStore<T>(
  app: App,
  mode: "read" | "write",
  use: (opened: Opened) => Promise<T>,
): Promise<T> {
  const store = await openFolderStore({
    folder: app.places().transactions,
    mode,
    onProgress: ({ job, done, total }) => app.progress.show(job, done, total),
  });
  try {
    return await use({ store, manager: managerOf(app, store) });
  } finally {
    app.progress.clear();
    await store.close();
  }
}

/** What a manager needs to know of who uses it. */
export type Ground = Pick<App, "clock" | "places">;

/** A manager over a store, with this program's clock and, unless another is given, its targets. */
export function managerOf(
  app: Ground,
  store: TransactionStore,
  resolver: TargetResolver = ownTargets(app),
): TransactionManager {
  return transactionManager({ store, clock: app.clock, resolver });
}

function ownTargets(app: Ground): TargetResolver {
  return {
    async resolve(target) {
      const { destinationOf } = await import("./targets.ts");
      return destinationOf(target, app.places().topology);
    },
  };
}
