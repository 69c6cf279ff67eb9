/** Tracking that nothing stands behind any more. */
export type Stale =
  /** An id that was reserved by a tool that died, or that has its metadata by now. */
  | { readonly type: "reservation"; readonly path: string; readonly why: string }
  /** A service's folder without metadata: half made, or half removed. */
  | { readonly type: "folder"; readonly path: string; readonly name: string; readonly why: string }
  /** A pid file of a process that is no more. */
  | {
      readonly type: "pid-file";
      readonly path: string;
      readonly why: string;
      readonly name?: string;
    }
  /** What a writer that died left beside a file. */
  | { readonly type: "temporary"; readonly path: string; readonly why: string }
  /** A row about a service that is no more. */
  | { readonly type: "port-row"; readonly id: number; readonly name: string; readonly why: string }
  /** A port held for a process that is no more. */
  | {
      readonly type: "allocation";
      readonly port: number;
      readonly name: string;
      readonly why: string;
    };

/** An entry below `runtime`, as it was found. */
export type Tracked =
  | {
      readonly type: "reservation";
      readonly path: string;
      readonly id: number | undefined;
      readonly mtimeMs: number;
    }
  | {
      readonly type: "folder";
      readonly path: string;
      readonly name: string;
      readonly hasMeta: boolean;
      /** Whether there is nothing in it but its lock: a name was claimed, and no more. */
      readonly isEmpty: boolean;
      /** Of the folder and of what is directly in it, the latest. */
      readonly mtimeMs: number;
      /** Whether somebody acts on the service right now. */
      readonly isLocked: boolean;
      /** Whether the process in its pid file lives. */
      readonly isAlive: boolean;
    }
  | {
      readonly type: "pid-file";
      readonly path: string;
      readonly name?: string;
      readonly isAlive: boolean;
      readonly isLocked: boolean;
      readonly mtimeMs: number;
    }
  | {
      readonly type: "temporary";
      readonly path: string;
      readonly mtimeMs: number;
      readonly isLocked: boolean;
    };

/** Whoever writes these needs milliseconds; what is younger may still be in somebody's hands. */
const SETTLED_MS = 60_000;
/** From claiming a name to starting under it; who is later claims it again. */
const CLAIMED_MS = 5000;

/**
 * Why an entry is stale; `undefined`: it is not, or cannot be told yet. A service that was stopped keeps
 * its folder, and what is being written or acted on is left alone.
 */
export function staleness(
  entry: Tracked,
  { nowMs, ids }: { readonly nowMs: number; readonly ids: ReadonlySet<number> },
): string | undefined {
  const isSettled = nowMs - entry.mtimeMs >= SETTLED_MS;
  switch (entry.type) {
    case "reservation":
      if (entry.id !== undefined && ids.has(entry.id)) return `id ${entry.id} has a service`;
      return isSettled ? "who reserved it is long gone" : undefined;
    case "folder": {
      if (entry.hasMeta || entry.isLocked || entry.isAlive) return undefined;
      const isOver = entry.isEmpty ? nowMs - entry.mtimeMs >= CLAIMED_MS : isSettled;
      return isOver ? "it has no metadata" : undefined;
    }
    case "pid-file":
      return entry.isAlive || entry.isLocked || !isSettled ? undefined : "the process is no more";
    case "temporary":
      return isSettled && !entry.isLocked ? "who wrote it is long gone" : undefined;
  }
}

/** What is stale, in a few words. */
export function staleText(stale: Stale): string {
  switch (stale.type) {
    case "reservation":
    case "folder":
    case "pid-file":
    case "temporary":
      return `${stale.path}: ${stale.why}`;
    case "port-row":
      return `row ${stale.id} (${stale.name}) of registry.tsv: ${stale.why}`;
    case "allocation":
      return `port ${stale.port}, held for ${stale.name}: ${stale.why}`;
  }
}
