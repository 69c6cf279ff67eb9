import { shellWord } from "@tetra/cli-kit";
import { readdirSync } from "node:fs";
import type { Within } from "../app.ts";
import { SLASH_COMMANDS, slashWords } from "./slash-commands.ts";
import { splitLine } from "./split-line.ts";

/** What could stand in place of the end of a line, in the shape that `node:readline` wants. */
export type LineCompletion = [candidates: string[], replaced: string];

/** Completes a line of the repl with what a shell would be told, and with slash commands. */
export async function completeLine(
  line: string,
  within: Pick<Within, "complete">,
): Promise<LineCompletion> {
  const { words, raw, current } = splitLine(line);
  const before = raw === "" ? words : words.slice(0, -1);
  const [first] = before;
  if (first === undefined && current.startsWith("/")) {
    const names = SLASH_COMMANDS.map(({ name }) => `/${name}`);
    return offered(
      names.filter((name) => name.startsWith(current)),
      raw,
    );
  }
  if (line.trimStart().startsWith("!")) return offered(files(current.replace(/^!/, "")), raw);
  const found = await within.complete([...tsmWords(before), current]);
  return offered(found === "files" ? files(current) : found.map(({ value }) => value), raw);
}

/** What is typed, in words of `tsm`. */
function tsmWords(before: readonly string[]): readonly string[] {
  const [first, ...rest] = before;
  if (first === "tsm") return rest;
  const slash = SLASH_COMMANDS.find(({ name }) => `/${name}` === first);
  return slash?.does.type === "words" ? slashWords(slash.does.words, rest) : before;
}

function offered(values: readonly string[], raw: string): LineCompletion {
  const [only, ...more] = values;
  // a folder goes on, and so does --option=
  const isWhole = only !== undefined && more.length === 0 && !/[/=]$/.test(only);
  return [values.map((value) => shellWord(value) + (isWhole ? " " : "")), raw];
}

function files(current: string): readonly string[] {
  const folder = current.slice(0, current.lastIndexOf("/") + 1);
  const begun = current.slice(folder.length);
  try {
    return readdirSync(folder === "" ? "." : folder, { withFileTypes: true })
      .filter(({ name }) => name.startsWith(begun) && (begun !== "" || !name.startsWith(".")))
      .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? "/" : ""}`)
      .toSorted();
  } catch {
    return []; // no such folder, or not to be read: nothing to offer
  }
}
