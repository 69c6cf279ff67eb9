import type { Command, Completed, Failure, Piece, Run, Terminal } from "@tetra/cli-kit";
import type { Places } from "./places.ts";

/** What commands work with. `main.ts` makes the real one. */
export interface App extends Terminal {
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Where things are. @throws TetraError `NO_DATA_ROOT` */
  readonly places: () => Places;
  /** The working directory. @throws TetraError `NO_DATA_ROOT` when it was removed */
  readonly cwd: () => string;
  /** This program's name, for the history. */
  readonly via: string;
  /** The user who types, for the history. */
  readonly user: () => string;
  /** This program's own entry, an absolute path. */
  readonly program: string;
  /** A failure for people, in this program's words. */
  readonly linesOf: (failure: Failure) => Promise<readonly (readonly Piece[])[]>;
  /** Ends the program at once. */
  readonly end: (status: number) => void;
  /** This program within itself, on the same data root. */
  readonly within: Within;
}

/** A program within itself: for commands that run commands. */
export interface Within {
  /** How many of them are around this one; 0: a shell called it. */
  readonly depth: number;
  /** Runs words in this process, and tells what goes wrong. @returns the exit status */
  run(words: readonly string[], place?: WithinPlace): Promise<number>;
  /** What could stand in place of the last word. @throws TetraError `NO_DATA_ROOT` */
  complete(words: readonly string[]): Promise<Completed>;
}

/** What a command within gets in place of the program's own. */
export interface WithinPlace {
  readonly terminal: (terminal: Terminal) => Terminal;
  readonly end: (status: number) => void;
}

/** A subcommand of this program. */
export type TsmCommand = Command<App>;

/** Carries a subcommand of this program out. */
export type TsmRun = Run<App>;
