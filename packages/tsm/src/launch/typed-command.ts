import { resolve } from "node:path/posix";
import { TetraError } from "@tetra/errors";
import { shellWords } from "../definitions/shell-words.ts";
import { commandVector } from "../run/command-vector.ts";
import type { LaunchErrorCode } from "./errors.ts";
import type { LaunchHost } from "./launch-host.ts";

/** A command as it was typed, taken apart. */
export interface TypedCommand {
  /** Its words, without assignments in front; of shell text as far as they can be told. */
  readonly words: readonly string[];
  /**
   * The whole as one text, with the assignments. What a word of a vector has in it is no option of this
   * command: one with blanks is left out.
   */
  readonly text: string;
  /** `NAME=value` in front of the words of a vector: they go into the environment. */
  readonly assignments: Readonly<Record<string, string>>;
  /** The text, when a shell must run it. */
  readonly shell?: string;
}

/** In place of a word that is not looked into. */
const BLANKS = "''";
const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)=([^]*)$/;

/**
 * Takes a command apart: several words are a vector; a single one is a file, or a text with words and
 * maybe shell syntax.
 * @throws TetraError `NO_COMMAND`
 */
export function typedCommand(
  host: LaunchHost,
  typed: readonly string[],
  folder: string,
): TypedCommand {
  const [only = ""] = typed;
  const isText = typed.length === 1 && !host.isFile(resolve(folder, only));
  const vector = isText ? commandVector(only) : typed;
  const isShell = isText && vector.at(-1) === only && vector[0] === "/bin/sh";
  const all = isShell ? shellWords(only) : vector;
  const first = all.findIndex((word) => !ASSIGNMENT.test(word));
  const words = first === -1 ? [] : all.slice(first);
  if (words.length === 0 || words[0] === "") {
    throw new TetraError<LaunchErrorCode>("NO_COMMAND", "command required", {
      hint: "say what to start: a command, a script or a service",
    });
  }
  const shown = isText ? all : all.map((word) => (/\s/.test(word) ? BLANKS : word));
  const text = shown.join(" ");
  if (isShell) return { words, text, assignments: {}, shell: only };
  const assignments = all.slice(0, first).map((word): [string, string] => {
    const [, name = "", value = ""] = ASSIGNMENT.exec(word) ?? [];
    return [name, value];
  });
  return { words, text, assignments: Object.fromEntries(assignments) };
}
