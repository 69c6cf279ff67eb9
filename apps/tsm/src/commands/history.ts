import { type Piece, styled, table, usageError } from "@tetra/cli-kit";
import { type HistoryLine, readHistory } from "@tetra/tsm/diagnosis";
import { isTetraError } from "@tetra/errors";
import { selectServices } from "@tetra/tsm/launch";
import type { App, TsmRun } from "../app.ts";
import { sinceOption } from "../diagnosis/since-option.ts";
import { openedServices } from "../opened-services.ts";
import { selectedServices } from "../selected-services.ts";

const DEFAULT_LINES = 50;

/** `tsm history [name...] [--since T] [-n N]` */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const { folder } = app.places();
  const names = namesOf(app, args.rest(0));
  const text = args.value("lines");
  const last = text === undefined ? DEFAULT_LINES : Number(text);
  if (!Number.isInteger(last) || last < 0) {
    throw usageError(`history: ${JSON.stringify(text)} is no number of lines`, "use -n 50");
  }
  const lines = readHistory(folder, {
    ...(names.length === 0 ? {} : { names }),
    ...sinceOption(args, app.now()),
    ...(text === undefined && args.value("since") !== undefined ? {} : { last }),
  });
  if (out.mode === "json") return out.json({ history: lines.map(({ line }) => line) });
  if (lines.length === 0) return out.print("Nothing has happened");
  out.printAll(table(lines.map(told), { columns: out.columns }));
};

/** What words mean: services there are, else those that the history remembers. */
function namesOf(app: App, words: readonly string[]): readonly string[] {
  if (words.length === 0) return [];
  const services = openedServices(app);
  const remembered = readHistory(app.places().folder).flatMap(({ name }) => name ?? []);
  const past = new Set(remembered);
  return words.flatMap((word) => {
    if (past.has(word)) return [word]; // a whole name means just that
    try {
      return selectedServices(services, [word]);
    } catch (error) {
      if (!isTetraError(error, "SERVICE_NOT_FOUND")) throw error;
      return selectServices(
        [word],
        [...past].map((name) => ({ name })),
      );
    }
  });
}

/** What is told in columns of its own, or says nothing to people. */
const COLUMNS: ReadonlySet<string> = new Set(
  "ts ts_ms event name id generation pid by via boot_id at_ms".split(" "),
);

/** A detail for people; moments as such. */
function detailText(key: string, value: unknown): string {
  if (key.endsWith("_at_ms") && typeof value === "number") {
    return `${key.slice(0, -"_ms".length)}=${new Date(value).toISOString().slice(0, 19)}Z`;
  }
  return `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`;
}

function told({ atMs, event, name = "", line }: HistoryLine): readonly Piece[] {
  const details = Object.entries(line)
    .filter(([key, value]) => !COLUMNS.has(key) && value !== null && value !== undefined)
    .map(([key, value]) => detailText(key, value));
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
