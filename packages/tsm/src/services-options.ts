import { userInfo } from "node:os";
import { nodeFileSystem } from "@tetra/durable-fs";
import { type Clock, systemClock } from "./clock.ts";
import { idAllotter } from "./files/ids.ts";
import { type Layout, layoutOf } from "./files/layout.ts";
import type { Platform } from "./platform/platform.ts";
import { glancing, rememberEnvironments } from "./platform/remembering.ts";
import { sharedScan } from "./platform/shared-scan.ts";
import { systemPlatform } from "./platform/system-platform.ts";
import type { Parts } from "./run/parts.ts";

/** Where services are, and what they are handled with. */
export interface ServicesOptions {
  /** The folder of the service manager: `$TETRA_DIR/tsm`. Made, private, by the first start. */
  readonly folder: string;
  /** Where its parts are. Default: those of the folder. */
  readonly layout?: Layout;
  /** Default: this machine's. */
  readonly platform?: Platform;
  /** Default: this machine's. */
  readonly clock?: Clock;
  /** The POSIX shell for shims. Default: `/bin/sh`. */
  readonly shell?: string;
  /** How long to wait for whoever acts on the same service. Default: 60 s. */
  readonly lockTimeoutMs?: number;
  /** Who acts, for the history. Default: the name of this process's user. */
  readonly by?: string;
  /** Through what, for the history: `tsm`, `tetrad` … Default: `api`. */
  readonly via?: string;
  /** Whether a supervisor lives. Default: whether one has the lock of the folder's daemon. */
  readonly isDaemonAlive?: () => boolean;
}

/** What acting on services works with. @throws TetraError `UNSUPPORTED_PLATFORM` */
export function partsOf(options: ServicesOptions): Parts {
  const clock = options.clock ?? systemClock;
  const platform = rememberEnvironments(options.platform ?? systemPlatform());
  const store = { fs: nodeFileSystem(), clock, layout: options.layout ?? layoutOf(options.folder) };
  return {
    ...store,
    platform,
    glance: glancing(platform, clock),
    scan: sharedScan(platform, clock),
    allotId: idAllotter(store),
    shell: options.shell ?? "/bin/sh",
    lockTimeoutMs: options.lockTimeoutMs ?? 60_000,
    by: options.by ?? userInfo().username,
    via: options.via ?? "api",
  };
}
