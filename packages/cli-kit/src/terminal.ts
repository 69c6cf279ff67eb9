import { type Environment, output, type Output } from "./output.ts";
import { type ProgressLine, progressLine } from "./progress-line.ts";
import { type Sink, standardSink } from "./sink.ts";

/** Signals that end a program. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

const STOP_SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** What commands of every program talk through: standard streams, a person, the signals of a terminal. */
export interface Terminal {
  readonly out: Output;
  /** Standard error: for people, never JSON. */
  readonly err: Output;
  readonly progress: ProgressLine;
  readonly env: Environment;
  /** Lines of the terminal, where that is known. */
  readonly rows: () => number | undefined;
  /** Calls back when the terminal has another size, until the returned function is called. */
  readonly onResize: (handler: () => void) => () => void;
  /** Whether a person can be asked: standard input and standard error are a terminal. */
  readonly isInteractive: () => boolean;
  /** Asks a person on the terminal for one line. */
  readonly ask: (question: string) => Promise<string>;
  /** Takes the signals that would end the program, until the returned function is called. */
  readonly onStop: (handler: (signal: StopSignal) => void) => () => void;
}

/** What a terminal is made of. */
export interface TerminalParts {
  /** Node's own; its streams are loaded only when somebody asks for what only they know. */
  readonly host: NodeJS.Process;
  /** Whether `--json` was given. */
  readonly json: boolean;
}

/** Makes the terminal of a process. */
export function terminalOf({ host, json }: TerminalParts): Terminal {
  const { env } = host;
  const errors = standardSink(2, () => host.stderr.isTTY);
  const progress = progressLine(errors, Date.now);
  return {
    out: output({
      sink: clearing(
        standardSink(1, () => host.stdout.isTTY),
        progress,
      ),
      env,
      json,
      columns: () => host.stdout.columns,
    }),
    err: output({ sink: errors, env, json: false, columns: () => host.stderr.columns }),
    progress,
    env,
    rows: () => host.stdout.rows,
    onResize(handler) {
      host.stdout.on("resize", handler);
      return () => host.stdout.off("resize", handler);
    },
    isInteractive: () => errors.isTerminal && host.stdin.isTTY,
    async ask(question) {
      const { askOnTerminal } = await import("./ask-on-terminal.ts");
      return askOnTerminal(question, errors);
    },
    onStop(handler) {
      for (const signal of STOP_SIGNALS) host.on(signal, handler);
      return () => {
        for (const signal of STOP_SIGNALS) host.off(signal, handler);
      };
    },
  };
}

/** Both streams may lead to one terminal: the progress line must not be in the way. */
function clearing(sink: Sink, progress: ProgressLine): Sink {
  return {
    ...sink,
    write(data) {
      progress.clear();
      sink.write(data);
    },
  };
}
