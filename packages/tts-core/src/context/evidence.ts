import type { ContextEntry } from "../ports.ts";
import type { Evidence } from "../transaction/transaction.ts";
import {
  compareContextNames,
  contextNumber,
  FIRST_EVIDENCE,
  isEvidenceVariable,
} from "./context-name.ts";

/** An entry of `ctx/` numbered 100 or up, and what its event recorded. */
export interface EvidenceEntry extends ContextEntry {
  /** The number its name begins with. */
  readonly number: number;
  /** Where it came from, as the caller gave it; absent when no event names the entry. */
  readonly source?: string;
  /** Lower-case hex SHA-256 when it was added; absent when another tool added it. */
  readonly digest?: string;
}

/** The evidence of a transaction. */
export interface EvidenceList {
  /** By number, then name. */
  readonly entries: readonly EvidenceEntry[];
  /** Those that the standard's shell functions call `$e1`, `$e2` … (three-digit numbers only). */
  readonly variables: readonly EvidenceEntry[];
}

/** Joins what is in `ctx/` with what the log recorded about it. */
export function evidenceList(
  context: readonly ContextEntry[],
  recorded: readonly Evidence[],
): EvidenceList {
  // a number that was freed can be used again: the last event about a name is the one that counts
  const byName = new Map(recorded.map((evidence) => [evidence.file, evidence]));
  const entries = context
    .map((entry): EvidenceEntry => {
      const { file: _name, ...known } = byName.get(entry.name) ?? { file: entry.name };
      return { ...entry, ...known, number: contextNumber(entry.name) ?? 0 };
    })
    .filter(({ number }) => number >= FIRST_EVIDENCE)
    .toSorted((a, b) => compareContextNames(a.name, b.name));
  return { entries, variables: entries.filter(({ name }) => isEvidenceVariable(name)) };
}
