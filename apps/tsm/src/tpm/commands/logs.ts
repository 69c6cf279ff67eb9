import { usageError } from "@tetra/cli-kit";
import { lineText, openLogs } from "@tetra/tsm/logs";
import type { App, TsmRun } from "../../app.ts";
import { following } from "../../following.ts";
import { lastLines } from "../../info/last-lines.ts";
import { type Known, known } from "../known.ts";

const DEFAULT_LINES = "50";

/** `tpm logs <name|*>` */
export const run: TsmRun = async (args, app) => {
  const word = args.at(0) ?? "";
  const text = args.value("lines") ?? DEFAULT_LINES;
  if (!/^\d+$/.test(text))
    throw usageError(`--lines: ${JSON.stringify(text)} is no number`, "use 50");
  const all = known(app, word);
  show(app, all, { lines: Number(text), isHeaded: word === "*" });
  if (!args.has("follow")) return 0;
  return follow(
    app,
    all.filter(({ isLeft }) => !isLeft).map(({ name }) => name),
  );
};

interface Showing {
  readonly lines: number;
  readonly isHeaded: boolean;
}

function show({ out }: App, all: readonly Known[], { lines, isHeaded }: Showing): void {
  const logs = all.map(({ name, logs: [stdout, stderr] }) => ({
    name,
    stdout: lastLines(stdout, lines),
    stderr: lastLines(stderr, lines),
  }));
  if (out.mode === "json") {
    out.json({ logs });
    return;
  }
  for (const { name, stdout, stderr } of logs) {
    if (isHeaded) out.print(`--- ${name} ---`);
    const sections = [["=== STDOUT ==="], ...stdout.map((line) => [line]), ["=== STDERR ==="]];
    out.printAll([...sections, ...stderr.map((line) => [line])]);
  }
}

function follow(app: App, names: readonly string[]): Promise<number> {
  const logs = openLogs({ folder: app.places().folder });
  return following(app, async (signal) => {
    for await (const batch of logs.follow(names, { lines: 0 }, signal)) {
      app.out.printAll(batch.map((line) => [lineText(line)]));
    }
  });
}
