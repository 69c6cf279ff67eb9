import type { Command, Run, Terminal } from "@tetra/cli-kit";
import type { Clock } from "@tetra/tts-core";
import type { Places } from "./data-root.ts";

/** What commands work with. `main.ts` makes the real one. */
export interface App extends Terminal {
  readonly clock: Clock;
  readonly version: string;
  /** Where things are. @throws TetraError `NO_DATA_ROOT` */
  readonly places: () => Places;
  /** The working directory. @throws TetraError `NO_DATA_ROOT` when it was removed */
  readonly cwd: () => string;
}

/** A subcommand of this program. */
export type TtmCommand = Command<App>;

/** Carries a subcommand of this program out. */
export type TtmRun = Run<App>;
