import { expect, it } from "vitest";
import type { Command, CommandLine } from "./command.ts";
import { complete, formatOffer } from "./complete.ts";

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

  expect(formatOffer(found, "D")).toBe("DONE\tit ended\n");
  expect(formatOffer(found, "")).toBe("DONE\tit ended\nNEW\t\n");
});

it("offers a family once, then what belongs to it, then arguments", () => {
  expect(values("b")).toEqual(expect.arrayContaining(["box"]));
  expect(values("box", "")).toEqual(["open", "shut"]);
  expect(complete(CLI, ["box", "open", ""])).toMatchObject({ type: "ask", topic: "ids" });
});

it("offers a last argument that repeats again and again", () => {
  expect(values("look", "a", "b", "")).toEqual(["files"]);
});
