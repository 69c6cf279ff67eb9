import { type Command, type CommandLine, findCommand, type Options, usageOf } from "./command.ts";
import { globalOptions } from "./parse-command-line.ts";
import { type Piece, styled } from "./span.ts";

type Line = readonly Piece[];

/** What a program offers: its subcommands by group, options, notes and examples. */
export function overview(cli: CommandLine<never>): readonly Line[] {
  const groups = groupsOf(cli.commands);
  const width = Math.max(...[...groups.values()].flat().map((each) => usageOf(each).length));
  const options = globalOptions(cli);
  return [
    [styled(cli.program, "bold"), ` - ${cli.summary}`],
    [],
    [`Usage: ${cli.program} <command> [arguments]`],
    ...[...groups].flatMap(([group, commands]) =>
      section(
        group,
        commands.map((command) => row(usageOf(command), command.summary, width)),
      ),
    ),
    ...section("Options", optionRows(options)),
    ...cli.notes.map((note) => [note]),
    ...exampleLines(cli.program, cli.examples),
    [],
    [`Run "${cli.program} help <command>" for the details of one.`],
  ];
}

/** The few subcommands that most people want, and where the others are. */
export function shortHelp(cli: CommandLine<never>): readonly Line[] {
  const { program, brief } = cli;
  if (brief === undefined) return overview(cli);
  const commands = brief.flatMap((name) => findCommand(cli, name) ?? []);
  const width = Math.max(...commands.map((each) => usageOf(each).length));
  return [
    [styled(program, "bold"), ` - ${cli.summary}`],
    [],
    [`Usage: ${program} <command> [arguments]`],
    [],
    ...commands.map((command) => row(usageOf(command), command.summary, width)),
    [],
    [
      `Run "${program} help" for every command, "${program} help <command>" for the details of one.`,
    ],
  ];
}

/** The subcommands that begin with a word. */
export function familyHelp(cli: CommandLine<never>, family: string): readonly Line[] {
  const commands = cli.commands.filter(
    ({ name }) => name === family || name.startsWith(`${family} `),
  );
  const width = Math.max(...commands.map((each) => usageOf(each).length));
  const examples = commands.flatMap(({ examples: some = [] }) => some.slice(0, 1));
  return [
    ["Usage: ", styled(`${cli.program} ${family} <command> [arguments]`, "bold")],
    ...[...groupsOf(commands)].flatMap(([group, members]) =>
      section(
        group,
        members.map((command) => row(usageOf(command), command.summary, width)),
      ),
    ),
    ...exampleLines(cli.program, examples),
    [],
    [`Run "${cli.program} help ${family} <command>" for the details of one.`],
  ];
}

/** What one subcommand takes and does. */
export function commandHelp(cli: CommandLine<never>, command: Command<never>): readonly Line[] {
  const { aliases = [], details = [], options = {}, examples = [] } = command;
  const { program } = cli;
  return [
    ["Usage: ", styled(`${program} ${usageOf(command)}`, "bold")],
    [],
    [sentence(command.summary)],
    ...details.map((line) => [line]),
    ...(aliases.length === 0 ? [] : [[], [`Also called: ${aliases.join(", ")}`]]),
    ...(Object.keys(options).length === 0 ? [] : section("Options", optionRows(options))),
    ...section("Options of every command", optionRows(globalOptions(cli))),
    ...exampleLines(program, examples),
  ];
}

function groupsOf(
  commands: readonly Command<never>[],
): ReadonlyMap<string, readonly Command<never>[]> {
  const groups = new Map<string, Command<never>[]>();
  for (const command of commands) {
    if (command.group === undefined) continue;
    groups.set(command.group, [...(groups.get(command.group) ?? []), command]);
  }
  return groups;
}

function section(title: string, lines: readonly Line[]): readonly Line[] {
  return [[], [styled(`${title}:`, "bold")], ...lines];
}

function exampleLines(program: string, examples: readonly string[]): readonly Line[] {
  if (examples.length === 0) return [];
  return section(
    "Examples",
    examples.map((example) => [`  ${program} ${example}`]),
  );
}

function optionRows(options: Options): readonly Line[] {
  const names = Object.entries(options).map(([name, { short, value, repeats }]) => {
    const before = short === undefined ? "" : `-${short}, `;
    const after = value === undefined ? "" : ` ${value}${repeats === true ? " ..." : ""}`;
    return `${before}--${name}${after}`;
  });
  const width = Math.max(...names.map((name) => name.length));
  return Object.values(options).map(({ summary }, at) => row(names[at] ?? "", summary, width));
}

function row(left: string, right: string, width: number): Line {
  return ["  ", styled(left.padEnd(width), "cyan"), `  ${right}`];
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}
