#!/usr/bin/env node
import { failureLines, runProgram } from "@tetra/cli-kit";
import manifest from "../package.json" with { type: "json" };
import { COMMAND_LINE } from "./command-line.ts";
import { placesOf, workingFolder } from "./data-root.ts";
import { exitStatusOf } from "./exit-status.ts";
import { beginningOf, inOriginalWords, statusInOriginal } from "./original-words.ts";

const cwd = (): string => workingFolder(() => process.cwd());

runProgram(process, {
  commandLine: COMMAND_LINE,
  appOf: (terminal, given) => ({
    ...terminal,
    clock: {
      now: () => Date.now(),
      offsetMinutes: (atMs) => -new Date(atMs).getTimezoneOffset(),
    },
    version: manifest.version,
    places: () =>
      placesOf({
        env: terminal.env,
        cwd,
        dir: given?.value("dir"),
        module: given?.value("module"),
      }),
    cwd,
  }),
  tell(thrown, argv) {
    const failure = inOriginalWords(thrown);
    return {
      failure,
      lines: failureLines(failure, beginningOf(failure)),
      exitStatus: statusInOriginal(argv, failure) ?? exitStatusOf(failure.code),
    };
  },
  jsonOf: (error) => ({ error }),
  topics: async () => (await import("./complete-words.ts")).TOPICS,
});
