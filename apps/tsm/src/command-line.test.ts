import { type CommandLine, parseCommandLine } from "@tetra/cli-kit";
import { describe, expect, it } from "vitest";
import type { App } from "./app.ts";
import { COMMAND_LINE } from "./command-line.ts";
import { splitLine } from "./repl/split-line.ts";
import { TPM_COMMAND_LINE } from "./tpm/command-line.ts";

const withoutComment = (example: string): string => example.replace(/ +#.*| [<|>].*/, "");

describe.each<[string, CommandLine<App>]>([
  ["tsm", COMMAND_LINE],
  ["tpm", TPM_COMMAND_LINE],
])("%s", (program, commandLine) => {
  const examples = commandLine.commands.flatMap(({ name, examples: all = [] }) =>
    all.map((example): [name: string, example: string] => [name, example]),
  );

  it.each(examples)("%s: its example %j can be typed", (_, example) => {
    const { words } = splitLine(withoutComment(example));
    const parsed = parseCommandLine(commandLine, words);

    expect(parsed.type).toBe("run");
    expect(example.startsWith(`${program} `)).toBe(false); // help puts it in front
  });
});

it.each(
  "start stop restart delete kill cleanup list info env logs history uptime patrol audit".split(
    " ",
  ),
)("%s shows examples", (wanted) => {
  const command = COMMAND_LINE.commands.find(({ name }) => name === wanted);

  expect(command?.examples?.length).toBeGreaterThan(0);
});
