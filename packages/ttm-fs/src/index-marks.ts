import { isTransactionId } from "@tetra/tts-core";

// The ids of transactions that changed since the base was made, a line each, and between them lines that
// say which base the marks behind them complete.

/** What a file of marks holds. */
export interface Marks {
  readonly ids: readonly string[];
  /** The bases that they complete; none when a line is garbage, for then an id may be missing. */
  readonly bases: readonly string[];
}

/** Marks as text. */
export function formatMarks(ids: readonly string[]): string {
  return ids.map((id) => `${JSON.stringify(id)}\n`).join("");
}

/** The line with which the marks for a base begin. */
export function formatBeginning(base: string): string {
  return `${JSON.stringify({ base })}\n`;
}

/** Reads marks. A last line without its end is still being written, and does not count. */
export function parseMarks(text: string): Marks {
  const ids: string[] = [];
  const bases: string[] = [];
  let broken = false;
  for (const line of text.split("\n").slice(0, -1)) {
    const value = parse(line);
    if (typeof value === "string" && isTransactionId(value)) ids.push(value);
    else if (isBeginning(value)) bases.push(value.base);
    else broken = true;
  }
  return { ids, bases: broken ? [] : bases };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isBeginning(value: unknown): value is { readonly base: string } {
  return (
    typeof value === "object" && value !== null && "base" in value && typeof value.base === "string"
  );
}
