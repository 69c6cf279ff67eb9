import type { Command, Run, Terminal } from "@tetra/cli-kit";
import type { ConfigPlace } from "./config-folder.ts";

/** What commands work with. */
export interface App extends Terminal {
  readonly version: string;
  readonly now: () => number;
  /** `$TETRA_DIR`. @throws TetraError `NO_DATA_ROOT` */
  readonly tetraDir: () => string;
  /** Where settings are. @throws TetraError `NO_DATA_ROOT` */
  readonly config: () => ConfigPlace;
  /** The folder that relative paths are for. */
  readonly cwd: () => string;
  /** This program's own path. */
  readonly program: string;
  /** Becomes the daemon. */
  readonly serve: (isOnDemand: boolean) => Promise<never>;
}

/** A subcommand of this program. */
export type TetradCommand = Command<App>;

/** Carries a subcommand of this program out. */
export type TetradRun = Run<App>;
