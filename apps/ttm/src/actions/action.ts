import type { LevelName, Operation } from "@tetra/tes";

/** An action as `actions.json` declares it, under its name `verb:noun`. */
export interface Action {
  /** `deploy:staging` */
  readonly name: string;
  readonly verb: string;
  readonly noun: string;
  /** Names of what has to be given. */
  readonly inputs: readonly string[];
  /** What comes out; for people. */
  readonly output?: string;
  /** What it changes; for people. */
  readonly effects?: readonly string[];
  /** Whether menus may start it by themselves; for those. */
  readonly immediate?: "auto" | "manual";
  /** What it may do, and what it never does; for people. */
  readonly can?: readonly string[];
  readonly cannot?: readonly string[];
  /** Where it works; absent: here, with nothing to resolve. */
  readonly tes?: ActionEndpoint;
  /** What it does: a command, whose inputs follow as further arguments, or a push of its one input. */
  readonly work: ActionWork;
  /** A shell command, run here, that decides between success and failure. */
  readonly validate?: string;
  /** `ask`, or `explicit`: a person has to write the symbol. */
  readonly confirm?: "ask" | "explicit";
  /** A command that undoes it where it works, when it or its validation fails. */
  readonly rollback?: readonly string[];
}

/** Where an action works, and how sure that must be. */
export interface ActionEndpoint {
  readonly target: string;
  readonly operation: Operation;
  /** The level that must really have been reached before it starts. */
  readonly requires: LevelName;
}

/** What an action does. */
export type ActionWork =
  | { readonly type: "command"; readonly command: readonly string[] }
  /** `file`: what is pushed, where it is not the input. */
  | { readonly type: "push"; readonly path: string; readonly file?: string };
