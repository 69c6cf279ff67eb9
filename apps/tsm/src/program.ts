import {
  type Arguments,
  type CommandLine,
  completeWords,
  type Failure,
  type Program,
  runWords,
  type ToldFailure,
} from "@tetra/cli-kit";
import { userInfo } from "node:os";
import manifest from "../package.json" with { type: "json" };
import type { App, Within } from "./app.ts";
import { exitStatusOf } from "./exit-status.ts";
import { placesOf, workingFolder } from "./places.ts";

/** A program over the services of a data root: `tsm`, and `tpm` by its side. */
export function programOf(host: NodeJS.Process, commandLine: CommandLine<App>): Program<App> {
  return programAt(host, { commandLine, depth: 0, end: (status) => host.exit(status) });
}

/** A program, in a shell or within another. */
interface Level {
  readonly commandLine: CommandLine<App>;
  readonly depth: number;
  readonly end: (status: number) => void;
}

function programAt(host: NodeJS.Process, { commandLine, depth, end }: Level): Program<App> {
  const cwd = (): string => workingFolder(() => host.cwd());
  const tell = async (thrown: Failure): Promise<ToldFailure> => {
    // what it takes to tell a failure is not loaded when there is none
    const { inOriginalWords, linesOf } = await import("./original-words.ts");
    const failure = inOriginalWords(commandLine.program, thrown);
    const lines = linesOf(commandLine.program, failure);
    return { failure, lines, exitStatus: exitStatusOf(thrown.code) };
  };
  const withinOf = (given: Arguments | undefined): Within => {
    // what was said to this one holds for those within
    const dir = given?.value("dir");
    const front = dir === undefined ? [] : ["--dir", dir];
    const inner = (level: Pick<Level, "end">): Program<App> =>
      programAt(host, { commandLine, depth: depth + 1, ...level });
    return {
      depth,
      run: (words, place = { terminal: (same) => same, end }) =>
        runWords([...front, ...words], inner(place), { host, change: place.terminal }),
      complete: (words) => completeWords([...front, ...words], inner({ end }), host),
    };
  };
  return {
    commandLine,
    appOf: (terminal, given) => ({
      ...terminal,
      version: manifest.version,
      now: () => Date.now(),
      places: () => placesOf({ env: terminal.env, cwd, dir: given?.value("dir") }),
      cwd,
      via: commandLine.program,
      user: () => userInfo().username,
      program: host.argv[1] ?? "",
      linesOf: async (failure) => (await tell(failure)).lines,
      end,
      within: withinOf(given),
    }),
    tell,
    jsonOf: (error) => ({ success: false, error }),
    topics: async () => (await import("./complete-words.ts")).TOPICS,
  };
}
