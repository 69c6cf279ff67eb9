import type { AllotId } from "../files/ids.ts";
import type { Store } from "../files/store.ts";
import type { Platform } from "../platform/platform.ts";
import type { Scan } from "../platform/shared-scan.ts";

/** What acting on services works with. */
export interface Parts extends Store {
  readonly platform: Platform;
  /** The same with a process table that may be a little old: for those who look again anyway. */
  readonly glance: Platform;
  /** The process table, read after the question; shared by those who ask at the same time. */
  readonly scan: Scan;
  /** Gives a service its id. */
  readonly allotId: AllotId;
  /** The POSIX shell that runs the shim. */
  readonly shell: string;
  /** How long to wait for whoever acts on the same service. */
  readonly lockTimeoutMs: number;
  /** Who acts, for the history. */
  readonly by: string;
  /** Through what, for the history. */
  readonly via: string;
}
