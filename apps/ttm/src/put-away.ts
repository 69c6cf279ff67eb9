import { formatDuration, type Output } from "@tetra/cli-kit";
import type { Retention } from "@tetra/ttm-fs";

/** Which transactions were put away, or would be. */
export interface PutAway {
  readonly ids: readonly string[];
  /** The verb for what was done, and for what would be. */
  readonly done: string;
  readonly intended: string;
  readonly retention: Retention;
}

/** Says which transactions were put away. */
export function printPutAway({ ids, done, intended, retention }: PutAway, out: Output): void {
  const verb = retention.dryRun === true ? intended : done;
  if (out.mode === "json") {
    out.json(ids);
    return;
  }
  out.printAll(ids.map((id) => [`${verb}: ${id}`]));
  const age = formatDuration(retention.olderThanMs);
  out.print(
    ids.length === 0
      ? `Nothing finished is older than ${age}`
      : `${verb} ${ids.length} transaction(s) older than ${age}`,
  );
}
