import { type Piece, styled, table, usageError } from "@tetra/cli-kit";
import { type HistoryLine, readHistory } from "@tetra/tsm/diagnosis";
import type { TsmRun } from "../app.ts";
import { sinceOption } from "../diagnosis/since-option.ts";

const DEFAULT_LINES = 50;

/** `tsm history [name...] [--since T] [-n N]` */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const names = args.rest(0); // also of services that are no more
  const text = args.value("lines");
  const last = text === undefined ? DEFAULT_LINES : Number(text);
  if (!Number.isInteger(last) || last < 0) {
    throw usageError(`history: ${JSON.stringify(text)} is no number of lines`, "use -n 50");
  }
  const lines = readHistory(app.places().folder, {
    ...(names.length === 0 ? {} : { names }),
    ...sinceOption(args, app.now()),
    ...(text === undefined && args.value("since") !== undefined ? {} : { last }),
  });
  if (out.mode === "json") return out.json({ history: lines.map(({ line }) => line) });
  if (lines.length === 0) return out.print("Nothing has happened");
  out.printAll(table(lines.map(told), { columns: out.columns }));
};

/** What is told in columns of its own, or says nothing to people. */
const COLUMNS: ReadonlySet<string> = new Set(
  "ts ts_ms event name id generation pid by via boot_id at_ms".split(" "),
);

function told({ atMs, event, name = "", line }: HistoryLine): readonly Piece[] {
  const details = Object.entries(line)
    .filter(([key, value]) => !COLUMNS.has(key) && value !== null && value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const { by, via } = line;
  const who = [by, via].filter((word) => typeof word === "string").join(" via ");
  return [
    styled(new Date(atMs).toISOString().slice(0, 19).replace("T", " "), "dim"),
    event,
    name,
    who,
    details.join(" "),
  ];
}
