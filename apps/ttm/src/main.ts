#!/usr/bin/env node
import {
  commandHelp,
  familyHelp,
  failureLines,
  failureOf,
  output,
  overview,
  parseCommandLine,
  progressLine,
  type Request,
  type Sink,
  standardSink,
} from "@tetra/cli-kit";
import manifest from "../package.json" with { type: "json" };
import type { App, StopSignal } from "./app.ts";
import { COMMAND_LINE } from "./command-line.ts";
import { placesOf, workingFolder } from "./data-root.ts";
import { exitStatusOf } from "./exit-status.ts";
import { beginningOf, inOriginalWords, statusInOriginal } from "./original-words.ts";

const STOP_SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

const { env } = process;
const argv = process.argv.slice(2);
const behind = argv.indexOf("--");
const json = argv.slice(0, behind === -1 ? undefined : behind).includes("--json");
const errors = standardSink(2, () => process.stderr.isTTY);
const progress = progressLine(errors, Date.now);
const out = output({
  sink: clearing(standardSink(1, () => process.stdout.isTTY)),
  env,
  json,
  columns: () => process.stdout.columns,
});
const err = output({ sink: errors, env, json: false, columns: () => process.stderr.columns });

/** Both streams may lead to one terminal: the progress line must not be in the way. */
function clearing(sink: Sink): Sink {
  return {
    ...sink,
    write(data) {
      progress.clear();
      sink.write(data);
    },
  };
}

const cwd = (): string => workingFolder(() => process.cwd());

function appOf({ dir, module }: { dir?: string | undefined; module?: string | undefined }): App {
  return {
    out,
    err,
    progress,
    clock: {
      now: () => Date.now(),
      offsetMinutes: (atMs) => -new Date(atMs).getTimezoneOffset(),
    },
    env,
    version: manifest.version,
    places: () => placesOf({ env, cwd, dir, module }),
    cwd,
    rows: () => process.stdout.rows,
    isInteractive: () => errors.isTerminal && process.stdin.isTTY,
    async ask(question) {
      const { askOnTerminal } = await import("./ask-on-terminal.ts");
      return askOnTerminal(question, errors);
    },
    onStop(handler) {
      for (const signal of STOP_SIGNALS) process.on(signal, handler);
      return () => {
        for (const signal of STOP_SIGNALS) process.off(signal, handler);
      };
    },
  };
}

function helpOf(request: Extract<Request<App>, { type: "help" }>): ReturnType<typeof overview> {
  if ("family" in request) return familyHelp(COMMAND_LINE, request.family);
  const { command } = request;
  return command === undefined ? overview(COMMAND_LINE) : commandHelp(COMMAND_LINE, command);
}

async function answer(request: Request<App>): Promise<number> {
  if (request.type === "help") {
    out.printAll(helpOf(request));
    return 0;
  }
  const { command, args } = request;
  const { run } = await command.load();
  const status = await run(args, appOf({ dir: args.value("dir"), module: args.value("module") }));
  return status ?? 0;
}

async function main(): Promise<number> {
  const [first = ""] = argv;
  if (first === "__complete") {
    const { completeWords } = await import("./complete-words.ts");
    return completeWords(argv.slice(1), appOf);
  }
  const isVersion = first === "--version" || first === "-V";
  try {
    return await answer(parseCommandLine(COMMAND_LINE, isVersion ? ["version"] : argv));
  } catch (error) {
    const failure = inOriginalWords(failureOf(error));
    if (json) err.json({ error: failure });
    else err.printAll(failureLines(failure, beginningOf(failure)));
    return statusInOriginal(argv, failure) ?? exitStatusOf(failure.code);
  }
}

// everything was written synchronously and the store is closed: nothing to wait for
void main().then((status) => process.exit(status));
