import {
  type Argument,
  type Command,
  type CommandLine,
  type Completion,
  findCommand,
  isFamily,
  type Option,
  type Options,
} from "./command.ts";
import { globalOptions } from "./parse-command-line.ts";

/** Something that can stand in a place. */
export interface Candidate {
  readonly value: string;
  readonly summary?: string;
}

/** What a shell can offer for the word being written. */
export type Offer =
  | { readonly type: "files" }
  | { readonly type: "candidates"; readonly candidates: readonly Candidate[] }
  /** To be asked of the program, which knows; `globals` are its options written so far. */
  | {
      readonly type: "ask";
      readonly topic: string;
      readonly globals: readonly string[];
      /** What stands before the value in the same word: `--stage=`. */
      readonly prefix?: string;
    };

const NOTHING: Offer = { type: "candidates", candidates: [] };

/**
 * What could stand in place of the last of `words`, which is empty or half written.
 * @param words all words behind the program's name.
 */
export function complete(cli: CommandLine<never>, words: readonly string[]): Offer {
  const current = words.at(-1) ?? "";
  const walked = walk(cli, words.slice(0, -1));
  const { command, family, isUnknown, places, pending, isBehind, globals } = walked;
  if (pending !== undefined) return offer(pending.complete, globals);
  const inline = isBehind ? undefined : inlineOption(optionsOf(cli, command), current);
  if (inline !== undefined) return prefixed(offer(inline.complete, globals), current);
  if (isUnknown) return NOTHING;
  if (current.startsWith("-") && !isBehind) return candidates(flags(optionsOf(cli, command)));
  if (command === undefined || (family !== undefined && places === 0)) {
    return candidates(commandNames(cli, family));
  }
  if (isBehind && command.behind !== undefined) return { type: "files" };
  return offer(argumentAt(command, places)?.complete, globals);
}

function argumentAt({ arguments: all = [] }: Command<never>, place: number): Argument | undefined {
  const last = all.at(-1);
  return all[place] ?? (last?.repeats === true ? last : undefined);
}

/** The candidates that begin as the word does, and that a line can hold. */
export function fitting(found: readonly Candidate[], current: string): readonly Candidate[] {
  return found.filter(({ value }) => value.startsWith(current) && !/[\t\n]/.test(value));
}

/** Candidates as a shell's script reads them. */
export function formatOffer(found: readonly Candidate[]): string {
  return found.map(({ value, summary = "" }) => `${value}\t${summary}\n`).join("");
}

interface Walk {
  readonly command: Command<never> | undefined;
  /** The first word of a subcommand whose second may come now. */
  readonly family: string | undefined;
  /** Whether something stands where a command should. */
  readonly isUnknown: boolean;
  /** Arguments so far. */
  readonly places: number;
  /** The option whose value comes next. */
  readonly pending: Option | undefined;
  /** Whether options have ended. */
  readonly isBehind: boolean;
  readonly globals: readonly string[];
}

function walk(cli: CommandLine<never>, words: readonly string[]): Walk {
  let command: Command<never> | undefined;
  let family: string | undefined;
  let pending: Option | undefined;
  let places = 0;
  let isBehind = false;
  let isUnknown = false;
  const globals: string[] = [];
  const isGlobal = (option: Option): boolean => Object.values(cli.options).includes(option);
  for (const word of words) {
    if (pending !== undefined) {
      if (isGlobal(pending)) globals.push(word);
      pending = undefined;
    } else if (isBehind) {
      places += 1;
    } else if (word === "--") {
      isBehind = true;
    } else if (word.startsWith("-") && word !== "-") {
      const option = findOption(optionsOf(cli, command), word);
      if (option !== undefined && isGlobal(option)) globals.push(word);
      if (option?.value !== undefined && !word.includes("=")) pending = option;
    } else if (command === undefined && family === undefined) {
      family = isFamily(cli, word) ? word : undefined;
      command = findCommand(cli, word);
      isUnknown ||= command === undefined && family === undefined;
    } else {
      const one = family === undefined ? undefined : findCommand(cli, `${family} ${word}`);
      isUnknown ||= command === undefined && one === undefined;
      family = undefined;
      if (one === undefined) places += 1;
      command = one ?? command;
      isBehind ||= one === undefined && command?.optionsFirst === true;
    }
  }
  return { command, family, isUnknown, places, pending, isBehind, globals };
}

function optionsOf(cli: CommandLine<never>, command: Command<never> | undefined): Options {
  return { ...command?.options, ...globalOptions(cli) };
}

function findOption(options: Options, word: string): Option | undefined {
  const [name = ""] = word.replace(/^--?/, "").split("=");
  if (!word.startsWith("--")) return Object.values(options).find(({ short }) => short === name);
  return Object.hasOwn(options, name) ? options[name] : undefined;
}

function offer(completion: Completion | undefined, globals: readonly string[]): Offer {
  if (completion === undefined) return NOTHING;
  if (completion.type === "words") return candidates(completion.words.map((value) => ({ value })));
  return completion.type === "ask"
    ? { type: "ask", topic: completion.topic, globals }
    : { type: "files" };
}

/** The option of a word such as `--stage=DO`, when it takes a value. */
function inlineOption(options: Options, word: string): Option | undefined {
  const option = /^--[^=]+=/.test(word) ? findOption(options, word) : undefined;
  return option?.value === undefined ? undefined : option;
}

function prefixed(made: Offer, word: string): Offer {
  const prefix = word.slice(0, word.indexOf("=") + 1);
  if (made.type === "files") return made; // shells complete what follows the = themselves
  if (made.type === "ask") return { ...made, prefix };
  return candidates(made.candidates.map((each) => ({ ...each, value: prefix + each.value })));
}

function candidates(found: readonly Candidate[]): Offer {
  return { type: "candidates", candidates: found };
}

/** The next word of the subcommands' names: the first, or the second of a family. */
function commandNames(
  { commands }: CommandLine<never>,
  family: string | undefined,
): readonly Candidate[] {
  const found = new Map<string, Candidate>();
  for (const { name, summary, group } of commands) {
    const [first = "", second] = name.split(" ");
    const value = family === undefined ? first : second;
    if (group === undefined || value === undefined) continue;
    if (family !== undefined && family !== first) continue;
    const isWhole = family !== undefined || second === undefined;
    if (!found.has(value)) found.set(value, isWhole ? { value, summary } : { value });
  }
  return [...found.values()];
}

function flags(options: Options): readonly Candidate[] {
  return Object.entries(options).map(([name, { summary }]) => ({ value: `--${name}`, summary }));
}
