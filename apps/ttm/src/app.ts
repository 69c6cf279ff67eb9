import type { Command, Environment, Output, ProgressLine, Run } from "@tetra/cli-kit";
import type { Clock } from "@tetra/tts-core";
import type { Places } from "./data-root.ts";

/** Signals that end a program. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** What commands work with. `main.ts` makes the real one. */
export interface App {
  readonly out: Output;
  /** Standard error: for people, never JSON. */
  readonly err: Output;
  readonly progress: ProgressLine;
  readonly clock: Clock;
  readonly env: Environment;
  readonly version: string;
  /** Where things are. @throws TetraError `NO_DATA_ROOT` */
  readonly places: () => Places;
  /** The working directory. @throws TetraError `NO_DATA_ROOT` when it was removed */
  readonly cwd: () => string;
  /** Lines of the terminal, where that is known. */
  readonly rows: () => number | undefined;
  /** Whether a person can be asked: standard input and standard error are a terminal. */
  readonly isInteractive: () => boolean;
  /** Asks a person on the terminal for one line. */
  readonly ask: (question: string) => Promise<string>;
  /** Takes the signals that would end the program, until the returned function is called. */
  readonly onStop: (handler: (signal: StopSignal) => void) => () => void;
}

/** A subcommand of this program. */
export type TtmCommand = Command<App>;

/** Carries a subcommand of this program out. */
export type TtmRun = Run<App>;
