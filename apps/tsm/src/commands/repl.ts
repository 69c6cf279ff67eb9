import { usageError } from "@tetra/cli-kit";
import { readableServices } from "@tetra/tsm";
import type { App, TsmRun } from "../app.ts";
import { oneLook } from "../one-look.ts";
import { openedServices } from "../opened-services.ts";
import { completeLine, type LineCompletion } from "../repl/complete-line.ts";
import { openHistory } from "../repl/history-file.ts";
import { pipedLines, terminalLines } from "../repl/line-reader.ts";
import { runRepl } from "../repl/run-repl.ts";

/** `tsm repl` */
export const run: TsmRun = async (_args, app) => {
  if (app.within.depth > 0) throw usageError("repl: this is one already", "type a command");
  const history = openHistory(app.places().folder);
  const isTyped = app.out.mode !== "plain" && app.isInteractive();
  // where nothing can be found out, nothing is offered
  const complete = (line: string): Promise<LineCompletion> =>
    completeLine(line, app.within).catch(() => [[], line]);
  const reader = isTyped ? terminalLines({ history: history.lines, complete }) : pipedLines();
  return runRepl({ app, reader, history, isTyped, running: () => runningPids(app) });
};

function runningPids(app: App): readonly number[] {
  const services = openedServices(app, oneLook());
  return readableServices(services).flatMap(({ observed }) => observed.main?.pid ?? []);
}
