import type { Arguments, CommandLine } from "./command.ts";
import type { Completed, Topics } from "./answer-completion.ts";
import { type Failure, failureOf } from "./failure.ts";
import { commandHelp, familyHelp, overview, shortHelp } from "./help.ts";
import { parseCommandLine, type Request } from "./parse-command-line.ts";
import type { Piece } from "./span.ts";
import { type Terminal, terminalOf } from "./terminal.ts";

/** A failure as one program tells it. */
export interface ToldFailure {
  /** In the program's words. */
  readonly failure: Failure;
  /** The same for people, on standard error. */
  readonly lines: readonly (readonly Piece[])[];
  readonly exitStatus: number;
}

/** What makes a command line, with the options `--json` and `--help`, a program. */
export interface Program<App> {
  readonly commandLine: CommandLine<App>;
  /** What its commands work with; `given` has the values of the program's own options. */
  readonly appOf: (terminal: Terminal, given: Arguments | undefined) => App;
  /** How a failure is told; `argv` is the command line. */
  readonly tell: (failure: Failure, argv: readonly string[]) => ToldFailure | Promise<ToldFailure>;
  /** What `--json` prints of a failure. */
  readonly jsonOf: (failure: Failure) => unknown;
  /** What completion may ask for; loaded when a shell asks. */
  readonly topics: () => Promise<Topics<App>>;
}

/**
 * Runs a program as its process was called, and ends the process. Everything has been written by then;
 * what a command leaves under way is not waited for.
 */
export function runProgram<App>(host: NodeJS.Process, program: Program<App>): void {
  void answer(host, program).then((status) => host.exit(status));
}

async function answer<App>(host: NodeJS.Process, program: Program<App>): Promise<number> {
  const argv = host.argv.slice(2);
  const [first = ""] = argv;
  if (first === "__complete") {
    const { answerCompletion } = await import("./answer-completion.ts");
    const terminal = terminalOf({ host, json: false });
    return answerCompletion(argv.slice(1), {
      ...program,
      out: terminal.out,
      appOf: (given) => program.appOf(terminal, given),
    });
  }
  return runWords(argv, program, { host });
}

/** Where words are run. */
export interface RunWithin {
  readonly host: NodeJS.Process;
  /** What the command gets in place of the process's own terminal. */
  readonly change?: (terminal: Terminal) => Terminal;
}

/**
 * Runs words as the program would, within a process that goes on afterwards. Whatever is thrown is told.
 * @param argv without node and the program
 * @returns the exit status
 */
export async function runWords<App>(
  argv: readonly string[],
  program: Program<App>,
  { host, change = (same) => same }: RunWithin,
): Promise<number> {
  const { commandLine } = program;
  const [first = ""] = argv;
  const isVersion = first === "--version" || first === "-V";
  const open = (): Terminal => change(terminalOf({ host, json }));
  let json = saysJson(argv);
  let terminal: Terminal | undefined;
  try {
    const request = parseCommandLine(commandLine, isVersion ? ["version"] : argv);
    if (request.type === "run") json = request.args.has("json");
    terminal = open();
    return await carryOut(request, program, terminal);
  } catch (error) {
    const { failure, lines, exitStatus } = await program.tell(failureOf(error), argv);
    const { err } = terminal ?? open();
    if (json) err.json(program.jsonOf(failure));
    else err.printAll(lines);
    return exitStatus;
  }
}

/** What could stand in place of the last of `words`, as the program tells a shell. */
export async function completeWords<App>(
  words: readonly string[],
  program: Program<App>,
  host: NodeJS.Process,
): Promise<Completed> {
  const { completedWords } = await import("./answer-completion.ts");
  const terminal = terminalOf({ host, json: false });
  return completedWords(words, { ...program, appOf: (given) => program.appOf(terminal, given) });
}

/** Whether `--json` seems to be wanted, of a command line that may be wrong. */
function saysJson(argv: readonly string[]): boolean {
  const behind = argv.indexOf("--");
  return argv.slice(0, behind === -1 ? undefined : behind).includes("--json");
}

async function carryOut<App>(
  request: Request<App>,
  program: Program<App>,
  terminal: Terminal,
): Promise<number> {
  if (request.type === "help") {
    terminal.out.printAll(helpOf(program.commandLine, request));
    return 0;
  }
  const { command, args } = request;
  const { run } = await command.load();
  return (await run(args, program.appOf(terminal, args))) ?? 0;
}

function helpOf<App>(
  commandLine: CommandLine<App>,
  request: Extract<Request<App>, { type: "help" }>,
): ReturnType<typeof overview> {
  if ("family" in request) return familyHelp(commandLine, request.family);
  if ("command" in request) return commandHelp(commandLine, request.command);
  return request.isAsked ? overview(commandLine) : shortHelp(commandLine);
}
