import { expect, it } from "vitest";
import type { Arguments, Command, CommandLine } from "./command.ts";
import { parseCommandLine } from "./parse-command-line.ts";

const command = (partial: Partial<Command<unknown>> & { name: string }): Command<unknown> => ({
  group: "All",
  summary: "does it",
  load: async () => ({ run: async () => 0 }),
  ...partial,
});

const CLI: CommandLine<unknown> = {
  program: "toy",
  summary: "a toy",
  options: {
    json: { summary: "print JSON" },
    dir: { value: "PATH", summary: "where" },
  },
  commands: [
    command({
      name: "move",
      aliases: ["mv"],
      arguments: [{ name: "stage", required: true }, { name: "id" }],
      options: { tag: { short: "t", value: "TAG", repeats: true, summary: "a tag" } },
    }),
    command({
      name: "run",
      arguments: [{ name: "description", required: true }],
      behind: "COMMAND...",
      options: { quiet: { summary: "say less" } },
    }),
    command({ name: "box open", arguments: [{ name: "lid", required: true }] }),
    command({ name: "box shut" }),
    command({ name: "shelf", arguments: [{ name: "where" }] }),
    command({ name: "shelf clear" }),
    command({
      name: "start",
      arguments: [{ name: "command", required: true, repeats: true }],
      optionsFirst: true,
      options: { port: { short: "p", value: "N", summary: "where" }, debug: { summary: "more" } },
    }),
    command({ name: "look", arguments: [{ name: "where" }, { name: "file", repeats: true }] }),
  ],
  notes: [],
  examples: [],
};

function parsed(...argv: string[]): { name: string; args: Arguments } {
  const request = parseCommandLine(CLI, argv);
  if (request.type !== "run") throw new Error("asked for help");
  return { name: request.command.name, args: request.args };
}

it("reads arguments and options in any order, global ones in front too", () => {
  const { name, args } = parsed("--dir", "/d", "move", "-t", "a", "DONE", "--tag=b", "--json", "x");

  expect(name).toBe("move");
  expect([args.at(0), args.at(1), args.at(2)]).toEqual(["DONE", "x", undefined]);
  expect(args.values("tag")).toEqual(["a", "b"]);
  expect(args.value("dir")).toBe("/d");
  expect(args.has("json")).toBe(true);
});

it("knows aliases", () => {
  expect(parsed("mv", "DONE").name).toBe("move");
});

it("takes an empty argument for an absent one", () => {
  expect(parsed("move", "DONE", "").args.at(1)).toBeUndefined();
});

it("takes what stands behind -- as an argument", () => {
  expect(parsed("move", "DONE", "--", "-id").args.at(1)).toBe("-id");
});

it("leaves the command behind -- alone", () => {
  const { args } = parsed("run", "it", "--quiet", "--", "npm", "run", "x", "--", "--json");

  expect(args.has("quiet")).toBe(true);
  expect(args.behind).toEqual(["npm", "run", "x", "--", "--json"]);
  expect(args.has("json")).toBe(false);
});

it("lets a description begin with a dash where a second -- follows", () => {
  const { args } = parsed("run", "--", "-5 degrees", "--", "true");

  expect(args.at(0)).toBe("-5 degrees");
  expect(args.behind).toEqual(["true"]);
});

it("shows short help when nothing is asked for", () => {
  expect(parseCommandLine(CLI, [])).toEqual({ type: "help", isAsked: false });
  expect(parseCommandLine(CLI, ["--json"])).toEqual({ type: "help", isAsked: false });
});

it.each([[["help"]], [["h"]], [["--help"]], [["-h"]], [["--json", "--help"]]])(
  "shows the overview for %j",
  (argv) => {
    expect(parseCommandLine(CLI, argv)).toEqual({ type: "help", isAsked: true });
  },
);

it.each([[["help", "move"]], [["move", "--help"]], [["move", "-h"]], [["--help", "move"]]])(
  "shows a command's help for %j",
  (argv) => {
    expect(parseCommandLine(CLI, argv)).toMatchObject({ type: "help", command: { name: "move" } });
  },
);

it.each([
  [["mov"], "Unknown command: mov", 'did you mean "toy move"? run "toy help" to see every command'],
  [["nonsense"], "Unknown command: nonsense", 'run "toy help" to see every command'],
  [["move"], "move: stage required", "usage: toy move <stage> [id]"],
  [["move", ""], "move: stage required", "usage: toy move <stage> [id]"],
  [["move", "a", "b", "c"], 'move: "c" is one argument too many', "usage: toy move <stage> [id]"],
  [["move", "a", "--tga", "x"], "move: unknown option --tga", "did you mean --tag?"],
  [
    ["move", "a", "-x"],
    "move: unknown option -x",
    'run "toy help move"; put -- in front of an argument that begins with a dash',
  ],
  [
    ["move", "a", "--tag"],
    "--tag needs a value",
    "write --tag TAG, or --tag=TAG when it begins with a dash",
  ],
  [
    ["move", "a", "--tag", "--json"],
    "--tag needs a value",
    "write --tag TAG, or --tag=TAG when it begins with a dash",
  ],
  [["move", "a", "--json=yes"], "--json takes no value", 'run "toy help move"'],
  [["help", "nonsense"], "Unknown command: nonsense", 'run "toy help" to see every command'],
])("refuses %j: %s", (argv, message, hint) => {
  expect(() => parseCommandLine(CLI, argv)).toThrow(expect.objectContaining({ message, hint }));
});

it("knows subcommands of two words, whose arguments follow the second", () => {
  const { name, args } = parsed("box", "--json", "open", "top");

  expect([name, args.at(0)]).toEqual(["box open", "top"]);
});

it("helps with a family, and with one of it", () => {
  expect(parseCommandLine(CLI, ["box"])).toEqual({ type: "help", family: "box" });
  expect(parseCommandLine(CLI, ["help", "box"])).toEqual({ type: "help", family: "box" });
  expect(parseCommandLine(CLI, ["help", "box", "shut"])).toMatchObject({
    type: "help",
    command: { name: "box shut" },
  });
  expect(parseCommandLine(CLI, ["box", "shut", "-h"])).toMatchObject({
    type: "help",
    command: { name: "box shut" },
  });
});

it("suggests the nearest of a family", () => {
  expect(() => parseCommandLine(CLI, ["box", "opne"])).toThrow("Unknown command: box opne");
});

it("takes any number of a last argument that repeats", () => {
  expect(parsed("look", "here", "a", "b").args.rest(1)).toEqual(["a", "b"]);
  expect(parsed("look").args.rest(1)).toEqual([]);
});

it.each([
  [["start", "app"], ["app"], {}],
  [
    ["start", "--port", "1", "app", "--port", "2", "--", "-x"],
    ["app", "--port", "2", "--", "-x"],
    { port: "1" },
  ],
  [
    ["--dir", "/d", "start", "-p", "1", "app", "--dir", "x", "--json"],
    ["app", "--dir", "x", "--json"],
    { port: "1", dir: "/d" },
  ],
  [["start", "app", "--nope"], ["app", "--nope"], {}],
])("leaves what comes after the first argument of %j alone", (argv, words, options) => {
  const { args } = parsed(...argv);
  const given = ["port", "debug", "dir"].filter((name) => args.has(name));

  expect(args.rest(0)).toEqual(words);
  expect(Object.fromEntries(given.map((name) => [name, args.value(name)]))).toEqual(options);
});

it("tells what stands behind -- from other arguments where options end there", () => {
  const { args } = parsed("start", "--debug", "--", "--port", "2", "--", "--help");

  expect(args.behind).toEqual(["--port", "2", "--", "--help"]);
  expect(args.rest(0)).toEqual([]);
  expect([args.has("debug"), args.has("port")]).toEqual([true, false]);
});

it("refuses an unknown option in front of the first argument", () => {
  expect(() => parseCommandLine(CLI, ["start", "--nope", "app"])).toThrow(
    expect.objectContaining({ code: "USAGE", details: { option: "--nope" } }),
  );
  expect(() => parseCommandLine(CLI, ["start", "--debug"])).toThrow(
    expect.objectContaining({ code: "USAGE", details: { missing: "command" } }),
  );
});

it("tells a subcommand of two words from the argument of one", () => {
  expect(parsed("shelf", "clear").name).toBe("shelf clear");
  expect(parsed("shelf").name).toBe("shelf");
  const { name, args } = parsed("shelf", "left");
  expect([name, args.at(0)]).toEqual(["shelf", "left"]);
  expect(parseCommandLine(CLI, ["shelf", "--help"])).toEqual({ type: "help", family: "shelf" });
});
