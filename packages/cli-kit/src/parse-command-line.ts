import { TetraError } from "@tetra/errors";
import { parseArgs, type ParseArgsConfig } from "node:util";
import {
  type Arguments,
  type Command,
  type CommandLine,
  findCommand,
  isFamily,
  type Option,
  type Options,
  usageOf,
} from "./command.ts";
import { type CommandLineErrorCode, usageError } from "./errors.ts";
import { nearest } from "./nearest.ts";

/** What a command line asks for. */
export type Request<App> =
  /** About the program; `isAsked`: not only because nothing was said. */
  | { readonly type: "help"; readonly isAsked: boolean }
  | { readonly type: "help"; readonly command: Command<App> }
  /** About all subcommands that begin with this word. */
  | { readonly type: "help"; readonly family: string }
  | { readonly type: "run"; readonly command: Command<App>; readonly args: Arguments };

const HELP: Options = { help: { short: "h", summary: "show this help" } };

/** Options that every subcommand has: the program's, and `--help`. */
export function globalOptions(cli: CommandLine<never>): Options {
  return { ...cli.options, ...HELP };
}

/**
 * Reads a command line (`argv` without node and the program).
 * @throws TetraError `UNKNOWN_COMMAND`, `USAGE`
 */
export function parseCommandLine<App>(
  cli: CommandLine<App>,
  argv: readonly string[],
): Request<App> {
  const globals = globalOptions(cli);
  const places = placesOf(argv, globals);
  const [place] = places;
  if (place === undefined) {
    const { given } = read(argv, globals, { program: cli.program, command: undefined });
    return { type: "help", isAsked: given.has("help") };
  }
  const first = argv[place] ?? "";
  if (first === "help" || first === "h") {
    const topics = read(argv.toSpliced(place, 1), globals, {
      program: cli.program,
      command: undefined,
    }).places;
    return topics.length === 0 ? { type: "help", isAsked: true } : helpAbout(cli, topics);
  }
  const second = secondWord(cli, argv, places);
  if (second === undefined && isFamily(cli, first) && findCommand(cli, first) === undefined) {
    read(argv, globals, { program: cli.program, command: undefined });
    return { type: "help", family: first };
  }
  const name = second === undefined ? first : `${first} ${argv[second]}`;
  const others = argv.filter((_, at) => at !== place && at !== second);
  const command = commandOf(cli, name);
  const options = { ...globals, ...command.options };
  const {
    places: values,
    behind,
    given,
  } = read(others, options, { program: cli.program, command });
  if (given.has("help")) {
    return isFamily(cli, name) ? { type: "help", family: name } : { type: "help", command };
  }
  const isBehind = command.optionsFirst === true && behind.length > 0;
  checkPlaces(cli, command, isBehind ? behind : values);
  const args = argumentsOf(command, options, { places: values, behind, given });
  return { type: "run", command, args };
}

/** Where the second word of a subcommand's name stands. */
function secondWord(
  cli: CommandLine<never>,
  argv: readonly string[],
  [place = 0, second]: readonly number[],
): number | undefined {
  const first = argv[place] ?? "";
  if (second === undefined || !isFamily(cli, first)) return undefined;
  // of "ports" and "ports set", the first may have arguments
  const isPlain = findCommand(cli, first) !== undefined;
  return isPlain && findCommand(cli, `${first} ${argv[second]}`) === undefined ? undefined : second;
}

function helpAbout<App>(
  cli: CommandLine<App>,
  [first = "", second]: readonly string[],
): Request<App> {
  if (!isFamily(cli, first)) return { type: "help", command: commandOf(cli, first) };
  if (second === undefined) return { type: "help", family: first };
  return { type: "help", command: commandOf(cli, `${first} ${second}`) };
}

/** Where words stand that are no global options, the subcommand's name first. */
function placesOf(argv: readonly string[], globals: Options): readonly number[] {
  const { tokens } = tokenize(argv, globals);
  return tokens.filter(({ kind }) => kind === "positional").map(({ index }) => index);
}

function commandOf<App>(cli: CommandLine<App>, name: string): Command<App> {
  const command = findCommand(cli, name);
  if (command !== undefined) return command;
  const names = cli.commands.flatMap((each) => (each.group === undefined ? [] : [each.name]));
  const similar = nearest(name, names);
  const help = `run "${cli.program} help" to see every command`;
  throw new TetraError<CommandLineErrorCode>("UNKNOWN_COMMAND", `Unknown command: ${name}`, {
    hint: similar === undefined ? help : `did you mean "${cli.program} ${similar}"? ${help}`,
    details: { command: name },
  });
}

interface Reading {
  readonly places: readonly string[];
  readonly behind: readonly string[];
  readonly given: ReadonlyMap<string, readonly string[]>;
}

interface Reader {
  readonly program: string;
  readonly command: Command<never> | undefined;
}

function tokenize(argv: readonly string[], options: Options) {
  const config: ParseArgsConfig["options"] = {};
  for (const [name, { short, value }] of Object.entries(options)) {
    config[name] = {
      type: value === undefined ? "boolean" : "string",
      ...(short === undefined ? {} : { short }),
    };
  }
  // not strict: its messages name neither the command nor what would be right
  return parseArgs({ args: [...argv], options: config, strict: false, tokens: true });
}

function read(argv: readonly string[], options: Options, reader: Reader): Reading {
  if (reader.command?.optionsFirst === true) return readOptionsFirst(argv, options, reader);
  const wraps = reader.command?.behind !== undefined;
  const end = wraps ? wrappedPlace(argv, options) : undefined;
  const { places, given } = readWords(argv.slice(0, end), options, reader);
  return { places, given, behind: end === undefined ? [] : argv.slice(end + 1) };
}

/** Reads options up to the first word that is none: the arguments begin; or `--`: the rest stands behind it. */
function readOptionsFirst(argv: readonly string[], options: Options, reader: Reader): Reading {
  const { tokens } = tokenize(argv, options);
  const end = tokens.find(({ kind }) => kind !== "option");
  const { given } = readWords(argv.slice(0, end?.index), options, reader);
  if (end === undefined) return { given, places: [], behind: [] };
  const isMarked = end.kind === "option-terminator";
  const words = argv.slice(isMarked ? end.index + 1 : end.index);
  return { given, places: isMarked ? [] : words, behind: isMarked ? words : [] };
}

function readWords(
  argv: readonly string[],
  options: Options,
  reader: Reader,
): Omit<Reading, "behind"> {
  const { tokens } = tokenize(argv, options);
  const given = new Map<string, string[]>();
  const places: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") places.push(token.value);
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) throw unknownOption(token.rawName, options, reader);
    const value = checkValue(token, option, reader);
    given.set(token.name, [...(given.get(token.name) ?? []), value]);
  }
  return { places, given };
}

/**
 * Where the `--` is behind which another command line begins. When the first one stands before any
 * argument it only ends the options, so that a description may begin with a dash.
 */
function wrappedPlace(argv: readonly string[], options: Options): number | undefined {
  const { tokens } = tokenize(argv, options);
  const end = tokens.find(({ kind }) => kind === "option-terminator")?.index;
  if (end === undefined) return undefined;
  const hasPlaces = tokens.some(({ kind, index }) => kind === "positional" && index < end);
  if (hasPlaces) return end;
  const next = argv.indexOf("--", end + 1);
  return next === -1 ? end : next;
}

interface Given {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function checkValue(
  { rawName, value, inlineValue }: Given,
  option: Option,
  reader: Reader,
): string {
  if (option.value === undefined) {
    if (value === undefined) return "";
    throw usageError(`${rawName} takes no value`, helpHint(reader));
  }
  if (value === undefined || (inlineValue === false && value.startsWith("-") && value !== "-")) {
    throw usageError(
      `${rawName} needs a value`,
      `write ${rawName} ${option.value}, or ${rawName}=${option.value} when it begins with a dash`,
    );
  }
  return value;
}

function checkPlaces(
  cli: CommandLine<never>,
  command: Command<never>,
  places: readonly string[],
): void {
  const wanted = command.arguments ?? [];
  const missing = wanted.find(({ required }, at) => required === true && (places[at] ?? "") === "");
  const usage = `usage: ${cli.program} ${usageOf(command)}`;
  if (missing !== undefined) {
    throw usageError(`${command.name}: ${missing.name} required`, usage, { missing: missing.name });
  }
  const surplus = places[wanted.length];
  if (surplus === undefined || wanted.at(-1)?.repeats === true) return;
  throw usageError(`${command.name}: ${JSON.stringify(surplus)} is one argument too many`, usage);
}

function unknownOption(rawName: string, options: Options, reader: Reader): TetraError {
  const { program, command } = reader;
  const similar = nearest(
    rawName,
    Object.keys(options).map((name) => `--${name}`),
  );
  const where = command === undefined ? program : command.name;
  const hint =
    similar === undefined
      ? `${helpHint(reader)}; put -- in front of an argument that begins with a dash`
      : `did you mean ${similar}?`;
  return usageError(`${where}: unknown option ${rawName}`, hint, { option: rawName });
}

function helpHint({ program, command }: Reader): string {
  return `run "${program} help${command === undefined ? "" : ` ${command.name}`}"`;
}

function argumentsOf(
  command: Command<never>,
  options: Options,
  { places, behind, given }: Reading,
): Arguments {
  const valuesOf = (name: string): readonly string[] => {
    if (!Object.hasOwn(options, name)) throw new Error(`${command.name} declares no --${name}`);
    return given.get(name) ?? [];
  };
  return {
    at: (place) => places[place] || undefined, // empty means absent, as in the original
    rest: (place) => places.slice(place),
    has: (name) => valuesOf(name).length > 0,
    value: (name) => valuesOf(name).at(-1),
    values: valuesOf,
    behind,
  };
}
