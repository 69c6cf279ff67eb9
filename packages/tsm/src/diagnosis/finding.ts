/** How bad it is: fine, good to know, will hurt, hurts. */
export const LEVELS = ["ok", "note", "warning", "error"] as const;

/** One of {@link LEVELS}. */
export type Level = (typeof LEVELS)[number];

/** A fix that cannot do harm, which the doctor may carry out. */
export type Repair =
  | { readonly type: "make-folder"; readonly path: string }
  /** Takes away what others may do with a private file or folder. */
  | { readonly type: "make-private"; readonly path: string; readonly mode: number }
  /** Removes tracking that nothing stands behind any more. */
  | { readonly type: "patrol" }
  /** Brings the ledger of ports into agreement with what is. */
  | { readonly type: "scan-ports" };

/** What was found out. */
export interface Finding {
  readonly level: Level;
  /** What was looked at: `folders`, `ports`, `boot` … */
  readonly check: string;
  /** What was found, in one line. */
  readonly what: string;
  /** The path, service, port or variable that it is about. */
  readonly where: string;
  /** What to do about it. */
  readonly fix?: string;
  /** How the doctor does that by itself. */
  readonly repair?: Repair;
}

/** Makes the findings of one check. */
export interface Findings {
  ok(where: string, what: string): Finding;
  note(where: string, what: string, fix?: string): Finding;
  warning(where: string, what: string, fix: Fix): Finding;
  error(where: string, what: string, fix: Fix): Finding;
}

/** What to do, and how the doctor does it where it can. */
export type Fix = string | { readonly fix: string; readonly repair: Repair };

/** Findings of a check. */
export function findingsOf(check: string): Findings {
  const finding = (level: Level, where: string, what: string, fix?: Fix): Finding => ({
    level,
    check,
    what,
    where,
    ...(typeof fix === "string" ? { fix } : fix),
  });
  return {
    ok: (where, what) => finding("ok", where, what),
    note: (where, what, fix) => finding("note", where, what, fix),
    warning: (where, what, fix) => finding("warning", where, what, fix),
    error: (where, what, fix) => finding("error", where, what, fix),
  };
}
