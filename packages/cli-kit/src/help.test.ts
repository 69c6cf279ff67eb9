import { expect, it } from "vitest";
import type { CommandLine } from "./command.ts";
import { commandHelp, overview, shortHelp } from "./help.ts";
import { render } from "./span.ts";

const load = async (): Promise<{ run: () => Promise<void> }> => ({ run: async () => {} });

const CLI: CommandLine<never> = {
  program: "toy",
  summary: "a toy",
  options: { json: { summary: "print JSON" } },
  commands: [
    { name: "list", group: "Query", summary: "list all", arguments: [{ name: "stage" }], load },
    {
      name: "run",
      group: "Work",
      summary: "run a command",
      arguments: [{ name: "description", required: true }],
      behind: "COMMAND...",
      options: { ctx: { value: "FILE", repeats: true, summary: "add a file" } },
      details: ["It is recorded."],
      examples: ['run "back up" -- tar c .'],
      load,
    },
    { name: "__secret", summary: "not for people", load },
  ],
  notes: ["", "Environment: none."],
  examples: ["list"],
};

function text(lines: ReturnType<typeof overview>): string {
  return lines.map((line) => render(line, { colour: false })).join("\n");
}

it("shows every command in its group, and none that is hidden", () => {
  expect(text(overview(CLI))).toBe(`toy - a toy

Usage: toy <command> [arguments]

Query:
  list [stage]                     list all

Work:
  run <description> -- COMMAND...  run a command

Options:
  --json      print JSON
  -h, --help  show this help

Environment: none.

Examples:
  toy list

Run "toy help <command>" for the details of one.`);
});

it("shows one command with its options and examples", () => {
  const [, run] = CLI.commands;

  expect(run && text(commandHelp(CLI, run))).toBe(`Usage: toy run <description> -- COMMAND...

Run a command.
It is recorded.

Options:
  --ctx FILE ...  add a file

Options of every command:
  --json      print JSON
  -h, --help  show this help

Examples:
  toy run "back up" -- tar c .`);
});

it("shows only what most people want where the program says what that is", () => {
  const [first] = CLI.commands.map(({ name }) => name);
  const short = text(shortHelp({ ...CLI, brief: [first ?? ""] }));

  expect(short).toContain(`  ${first}`);
  expect(short.split("\n").length).toBeLessThan(10);
  expect(short).toContain('Run "toy help" for every command');
  expect(text(shortHelp(CLI))).toBe(text(overview(CLI)));
});
