import { failureOf, styled, render, type StopSignal, table, visible } from "@tetra/cli-kit";
import { constants } from "node:os";
import type { App } from "../app.ts";
import { type CommandUnderWay, commandUnderWay } from "./command-under-way.ts";
import type { HistoryFile } from "./history-file.ts";
import type { LineReader } from "./line-reader.ts";
import { runShellCommand } from "./shell-command.ts";
import { type SlashAct, SLASH_COMMANDS, slashWords } from "./slash-commands.ts";
import { splitLine } from "./split-line.ts";

/** What the repl works with. */
export interface ReplParts {
  readonly app: App;
  readonly reader: LineReader;
  readonly history: HistoryFile;
  /** Whether somebody types; else lines come from a file or a pipe. */
  readonly isTyped: boolean;
  /** The pids of services that run now. */
  readonly running: () => readonly number[];
}

const LEAVE: ReadonlySet<string> = new Set(["exit", "quit", "q"]);
const SIGINT = 128 + constants.signals.SIGINT;

/**
 * Reads lines and carries them out until there are no more.
 * @returns the exit status: of somebody who types 0, else that of the last line, as shells have it.
 */
export async function runRepl(parts: ReplParts): Promise<number> {
  const { app, reader, history, isTyped, running } = parts;
  const typed = [...history.lines];
  let underWay: CommandUnderWay | undefined;
  let stopped: number | undefined;

  const ignore = app.onStop((signal: StopSignal) => {
    underWay?.interrupt(signal);
    // Ctrl-C is for the command; a file of commands is over with it
    if (signal === "SIGINT" && isTyped) return;
    stopped ??= 128 + constants.signals[signal];
    reader.close();
  });

  async function ask(question: string): Promise<string | undefined> {
    const lines = question.split("\n");
    const last = lines.pop() ?? "";
    app.err.printAll(lines.map((line) => [line]));
    const read = await reader.read(`${visible(last)} `, false);
    return read.type === "line" ? read.text.trim() : undefined;
  }

  async function runTsm(words: readonly string[]): Promise<number> {
    const front = app.out.mode === "json" ? ["--json"] : [];
    underWay = commandUnderWay([...front, ...words], {
      within: app.within,
      ask: isTyped ? ask : undefined,
    });
    try {
      return await underWay.ended;
    } finally {
      underWay = undefined;
    }
  }

  const runOther = (...argv: readonly [string, ...string[]]): Promise<number> =>
    runShellCommand({ argv, env: app.env, isTyped });

  const acts: Readonly<Record<SlashAct, () => number | Promise<number>>> = {
    help() {
      app.out.printAll(helpLines());
      return 0;
    },
    async last() {
      const line = typed.at(-1);
      if (line === undefined) return tell("there is no line before this one");
      app.out.print(styled(line, "dim"));
      return carryOut(line);
    },
    async ps() {
      const pids = running();
      if (pids.length === 0) return tell("no service runs");
      return runOther("ps", "-o", "pid,ppid,pcpu,rss,etime,args", "-p", pids.join(","));
    },
    disk: () => runOther("df", "-h", app.places().root),
    history() {
      app.out.printAll(
        typed.map((line, at) => [styled(`${at + 1}`.padStart(5), "dim"), ` ${line}`]),
      );
      return 0;
    },
    clear() {
      // ECMA-48: everything gone, the cursor at the top
      if (app.out.mode === "terminal") app.out.bytes(Buffer.from("\u001b[2J\u001b[3J\u001b[H"));
      return 0;
    },
  };

  function tell(what: string): number {
    app.err.print(`tsm: repl: ${what}`);
    return 1;
  }

  async function carryOut(line: string): Promise<number> {
    if (line.startsWith("!")) {
      const status = await runOther("/bin/sh", "-c", line.slice(1));
      if (status !== 0 && status !== SIGINT && isTyped)
        app.err.print(styled(`exit status ${status}`, "dim"));
      return status;
    }
    const { words, open } = splitLine(line);
    if (open !== undefined) return tell(`nothing closes the quote ${open}`);
    const [first = "", ...rest] = words;
    if (!first.startsWith("/")) return runTsm(first === "tsm" ? rest : words);
    const slash = SLASH_COMMANDS.find(({ name }) => `/${name}` === first);
    if (slash === undefined) return tell(`there is no ${first}; see /help`);
    const { does } = slash;
    return does.type === "words" ? runTsm(slashWords(does.words, rest)) : acts[does.act]();
  }

  function keep(line: string): void {
    try {
      history.add(line);
    } catch (error) {
      tell(`the line is not kept: ${failureOf(error).message}`);
    }
  }

  const isOver = (): boolean => stopped !== undefined;
  let status = 0;
  try {
    while (!isOver()) {
      const read = await reader.read(isTyped ? promptOf(parts) : "", true);
      if (read.type === "end") break;
      if (read.type === "interrupted") continue;
      const line = read.text.trim();
      if (line === "" || line.startsWith("#")) continue;
      if (LEAVE.has(line)) break;
      status = await toldIfThrown(app, () => carryOut(line));
      if (line !== "/last") typed.push(line);
      // as in shells, a blank in front keeps a line from being kept
      if (isTyped && !read.text.startsWith(" ")) keep(line);
      if (status === SIGINT && isTyped) app.err.print(styled("interrupted", "dim"));
    }
  } finally {
    ignore();
    reader.close();
  }
  return stopped ?? (isTyped ? 0 : status);
}

async function toldIfThrown(app: App, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    app.err.printAll(await app.linesOf(failureOf(error)));
    return 1;
  }
}

/** `[3] tsm> ` with how many services run. */
function promptOf({ app, running }: ReplParts): string {
  const colour = app.env["NO_COLOR"] === undefined && app.env["TERM"] !== "dumb";
  let count: number | undefined;
  try {
    count = running().length;
  } catch {
    // whatever is wrong, a command will tell; the prompt must not
  }
  const looks = count === undefined || count === 0 ? "red" : count < 5 ? "yellow" : "green";
  return render([styled(`[${count ?? "?"}]`, looks), " tsm> "], { colour });
}

function helpLines(): ReturnType<typeof table> {
  const rows = [
    ...SLASH_COMMANDS.map(({ name, summary }) => [styled(`/${name}`, "cyan"), summary]),
    [styled("!<command>", "cyan"), "a command of the shell"],
    [styled("exit, quit, q", "cyan"), "leave; so does Ctrl-D"],
  ];
  return [
    ["Anything else is a command of tsm: list, start node server.js. Ctrl-C interrupts it."],
    ["Tab completes. A line with a blank in front is not kept in the history."],
    ...table(rows, { columns: undefined }),
  ];
}
