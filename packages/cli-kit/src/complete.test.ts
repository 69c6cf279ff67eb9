import { expect, it } from "vitest";
import type { Command, CommandLine } from "./command.ts";
import { complete, fitting, formatOffer } from "./complete.ts";

const load = async (): Promise<{ run: () => Promise<void> }> => ({ run: async () => {} });
const ids = { type: "ask", topic: "ids" } as const;

const COMMANDS: readonly Command<never>[] = [
  {
    name: "move",
    group: "All",
    summary: "move it",
    arguments: [
      { name: "stage", complete: { type: "words", words: ["NEW", "DONE"] } },
      { name: "id", complete: ids },
    ],
    options: { ctx: { short: "c", value: "FILE", summary: "a file", complete: { type: "files" } } },
    load,
  },
  {
    name: "run",
    group: "All",
    summary: "run it",
    arguments: [{ name: "description" }],
    behind: "COMMAND...",
    load,
  },
  {
    name: "box open",
    group: "All",
    summary: "open it",
    arguments: [{ name: "id", complete: ids }],
    load,
  },
  { name: "box shut", group: "All", summary: "shut it", load },
  {
    name: "look",
    group: "All",
    summary: "look",
    arguments: [{ name: "file", repeats: true, complete: { type: "files" } }],
    load,
  },
  {
    name: "shelf",
    group: "All",
    summary: "show it",
    arguments: [{ name: "id", complete: ids }],
    load,
  },
  { name: "shelf clear", group: "All", summary: "clear it", load },
  {
    name: "start",
    group: "All",
    summary: "start it",
    arguments: [{ name: "command", repeats: true, complete: ids }],
    optionsFirst: true,
    options: { port: { value: "N", summary: "where" } },
    load,
  },
  { name: "__hidden", summary: "no", load },
];

const CLI: CommandLine<never> = {
  program: "toy",
  summary: "a toy",
  options: { dir: { value: "PATH", summary: "where", complete: { type: "files" } } },
  commands: COMMANDS,
  notes: [],
  examples: [],
};

function values(...words: readonly string[]): readonly string[] {
  const offer = complete(CLI, words);
  return offer.type === "candidates" ? offer.candidates.map(({ value }) => value) : [offer.type];
}

it("offers commands first, with what they do", () => {
  expect(complete(CLI, [""])).toEqual({
    type: "candidates",
    candidates: [
      { value: "move", summary: "move it" },
      { value: "run", summary: "run it" },
      { value: "box" },
      { value: "look", summary: "look" },
      { value: "shelf", summary: "show it" },
      { value: "start", summary: "start it" },
    ],
  });
});

it("offers what belongs in each place", () => {
  expect(values("move", "")).toEqual(["NEW", "DONE"]);
  expect(values("move", "DONE", "")).toEqual(["ask"]);
  expect(values("move", "DONE", "x", "")).toEqual([]);
});

it("offers options and their values", () => {
  expect(values("move", "--")).toEqual(["--ctx", "--dir", "--help"]);
  expect(values("move", "--ctx", "")).toEqual(["files"]);
  expect(values("move", "-c", "f", "")).toEqual(["NEW", "DONE"]);
  expect(values("move", "--ctx=")).toEqual(["files"]);
  expect(values("move", "--ctx=f", "D")).toEqual(["NEW", "DONE"]);
});

it("asks with the global options that were written, which say where to look", () => {
  expect(complete(CLI, ["--dir", "/d", "move", "NEW", "--dir=/e", ""])).toEqual({
    type: "ask",
    topic: "ids",
    globals: ["--dir", "/d", "--dir=/e"],
  });
});

it("offers files for the command behind --", () => {
  expect(values("run", "it", "--", "l")).toEqual(["files"]);
  expect(values("run", "it", "--", "ls", "-")).toEqual(["files"]);
});

it("offers nothing for a command that it does not know", () => {
  expect(values("nonsense", "")).toEqual([]);
});

it("prints what begins as the word does, with its description", () => {
  const found = [{ value: "DONE", summary: "it ended" }, { value: "NEW" }, { value: "D\nE" }];

  expect(formatOffer(fitting(found, "D"))).toBe("DONE\tit ended\n");
  expect(formatOffer(fitting(found, ""))).toBe("DONE\tit ended\nNEW\t\n");
});

it("offers a family once, then what belongs to it, then arguments", () => {
  expect(values("b")).toEqual(expect.arrayContaining(["box"]));
  expect(values("box", "")).toEqual(["open", "shut"]);
  expect(complete(CLI, ["box", "open", ""])).toMatchObject({ type: "ask", topic: "ids" });
});

it("offers a last argument that repeats again and again", () => {
  expect(values("look", "a", "b", "")).toEqual(["files"]);
});

it("offers the second words of a family whose first word is a command, too", () => {
  expect(values("shelf", "")).toEqual(["clear"]);
  expect(complete(CLI, ["shelf", "x", ""])).toEqual({ type: "candidates", candidates: [] });
  expect(complete(CLI, ["shelf", "clear", ""])).toEqual({ type: "candidates", candidates: [] });
});

it("offers no options behind the first argument where they end there", () => {
  expect(values("start", "--p")).toContain("--port");
  expect(complete(CLI, ["start", "--port", "1", "app", "--p"])).toMatchObject({ topic: "ids" });
});
