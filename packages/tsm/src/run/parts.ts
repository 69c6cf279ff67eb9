import type { Store } from "../files/store.ts";
import type { Platform } from "../platform/platform.ts";

/** What acting on services works with. */
export interface Parts extends Store {
  readonly platform: Platform;
  /** The same with a process table that may be a little old: for those who look again anyway. */
  readonly glance: Platform;
  /** The POSIX shell that runs the shim. */
  readonly shell: string;
  /** How long to wait for whoever acts on the same service. */
  readonly lockTimeoutMs: number;
}
