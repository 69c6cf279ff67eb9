import { countFrom } from "../files/lenient.ts";
import { portFrom } from "./port-number.ts";

/** A row of `registry.tsv`: what a service said it would listen on, and what it was seen to listen on. */
export interface LedgerRow {
  readonly id: number;
  readonly name: string;
  /** Absent (`none` in the file): it said none. */
  readonly declared?: number;
  /** Absent (`none` in the file): none was seen yet, or nothing listened. */
  readonly actual?: number;
  /** Of the run that was registered. */
  readonly pid?: number;
  /** Unix seconds. */
  readonly timestamp: number;
}

/** The lines of the file, in order: rows, and what others wrote, which is kept. */
export type LedgerLine =
  | { readonly type: "row"; readonly row: LedgerRow }
  | { readonly type: "foreign"; readonly text: string };

/** `registry.tsv`. */
export type Ledger = readonly LedgerLine[];

const COLUMNS = ["tsm_id", "name", "declared_port", "actual_port", "pid", "timestamp"] as const;
const HEADER = COLUMNS.join("\t");

/** Reads the file. A line that is no row, the header too, is foreign. */
export function parseLedger(text: string): Ledger {
  return text
    .split("\n")
    .filter((line) => line !== "" && line !== HEADER)
    .map((line): LedgerLine => {
      const row = parseRow(line);
      return row === undefined ? { type: "foreign", text: line } : { type: "row", row };
    });
}

function parseRow(line: string): LedgerRow | undefined {
  const [idText, name = "", declaredText, actualText, pidText, timeText, ...more] =
    line.split("\t");
  const id = countFrom(idText);
  const timestamp = countFrom(timeText);
  const isRow = id !== undefined && name !== "" && timestamp !== undefined && more.length === 0;
  if (!isRow || ![declaredText, actualText].every(isPortText)) return undefined;
  return ledgerRow({
    id,
    name,
    declared: portFrom(declaredText),
    actual: portFrom(actualText),
    pid: countFrom(pidText),
    timestamp,
  });
}

function isPortText(text: string | undefined): boolean {
  return text === "none" || portFrom(text) !== undefined;
}

/** Leaves out what is not known. */
export function ledgerRow(
  row: Pick<LedgerRow, "id" | "name" | "timestamp"> & {
    readonly declared: number | undefined;
    readonly actual: number | undefined;
    readonly pid: number | undefined;
  },
): LedgerRow {
  const { id, name, declared, actual, pid, timestamp } = row;
  return {
    id,
    name,
    ...(declared === undefined ? {} : { declared }),
    ...(actual === undefined ? {} : { actual }),
    ...(pid === undefined ? {} : { pid }),
    timestamp,
  };
}

/** The file's text, header first. */
export function formatLedger(ledger: Ledger): string {
  const lines = ledger.map((line) => (line.type === "row" ? rowText(line.row) : line.text));
  return [HEADER, ...lines, ""].join("\n");
}

function rowText({ id, name, declared, actual, pid, timestamp }: LedgerRow): string {
  const fields = [id, name, declared ?? "none", actual ?? "none", pid ?? "none", timestamp];
  return fields.join("\t");
}

/** The rows alone. */
export function rowsOf(ledger: Ledger): readonly LedgerRow[] {
  return ledger.flatMap((line) => (line.type === "row" ? [line.row] : []));
}

/** Puts the row of a service in place of those it had, by id or name; a new one goes last. */
export function withRow(ledger: Ledger, row: LedgerRow): Ledger {
  const isIts = (line: LedgerLine): boolean =>
    line.type === "row" && (line.row.id === row.id || line.row.name === row.name);
  const first = ledger.findIndex(isIts);
  const others = ledger.filter((line, at) => at === first || !isIts(line));
  const entry: LedgerLine = { type: "row", row };
  return first === -1 ? [...others, entry] : others.with(first, entry);
}

/** Takes out every row of a service. */
export function withoutService(
  ledger: Ledger,
  { id, name }: Pick<LedgerRow, "id" | "name">,
): Ledger {
  return ledger.filter(
    (line) => line.type !== "row" || (line.row.id !== id && line.row.name !== name),
  );
}

/** What is, of one service: to bring its row into agreement. */
export type LedgerTruth = Omit<LedgerRow, "timestamp">;

/**
 * Brings all rows into agreement with what is: rows of services that are no more go, missing ones come,
 * and what was seen is filled in. A row that agrees keeps its time.
 */
export function agree(ledger: Ledger, truth: readonly LedgerTruth[], timestamp: number): Ledger {
  const byId = new Map(truth.map((service) => [service.id, service]));
  const kept = ledger.filter(
    (line) => line.type === "foreign" || byId.get(line.row.id)?.name === line.row.name,
  );
  const rows = new Map(rowsOf(kept).map((row) => [row.id, row]));
  return truth.reduce<Ledger>((agreed, service) => {
    const row = rows.get(service.id);
    const isAgreed =
      row?.declared === service.declared &&
      row?.actual === service.actual &&
      row?.pid === service.pid;
    return row !== undefined && isAgreed ? agreed : withRow(agreed, { ...service, timestamp });
  }, kept);
}
