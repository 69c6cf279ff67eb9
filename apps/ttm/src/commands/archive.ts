import type { Arguments } from "@tetra/cli-kit";
import { usageError } from "@tetra/cli-kit";
import type { FolderStore } from "@tetra/ttm-fs";
import type { App, TtmRun } from "../app.ts";
import { withStore } from "../open-store.ts";
import { printPutAway } from "../put-away.ts";
import { retentionOf } from "../retention.ts";

/** `ttm archive` */
export const run: TtmRun = (args, app) => {
  const restored = args.value("restore");
  if (restored !== undefined && args.has("list")) {
    throw usageError("archive: --list and --restore do not go together", "give one of them");
  }
  const mode = args.has("list") ? "read" : "write";
  return withStore(app, mode, async ({ store }) => {
    if (args.has("list")) await list(store, app);
    else if (restored !== undefined) await restore(restored, store, app);
    else await pack(args, store, app);
  });
};

async function list(store: FolderStore, { out }: App): Promise<void> {
  const ids = await store.archived();
  if (out.mode === "json") out.json(ids);
  else out.data(ids.map((id) => `${id}\n`).join(""));
}

async function restore(id: string, store: FolderStore, { out }: App): Promise<void> {
  await store.restore(id);
  if (out.mode === "json") out.json({ txn_id: id });
  else out.print(`Restored: ${id}`);
}

async function pack(args: Arguments, store: FolderStore, app: App): Promise<void> {
  const retention = retentionOf(args, "30d", app.clock.now());
  const ids = await store.archive(retention);
  printPutAway({ ids, done: "Archived", intended: "Would archive", retention }, app.out);
}
