import { TetraError } from "@tetra/errors";
import type { ParticipantErrorCode } from "../errors.ts";
import { checkValue, type SqliteValue } from "./sqlite-value.ts";

/** What a statement is for. */
export type Purpose = "change" | "read";

// Lists of what is allowed, not of what is not: a COMMIT, an ATTACH or a PRAGMA among the statements of a
// branch would break the transaction that it is applied in.
const FIRST_WORDS: Readonly<Record<Purpose, ReadonlySet<string>>> = {
  change: new Set("INSERT UPDATE DELETE REPLACE WITH CREATE DROP ALTER REINDEX ANALYZE".split(" ")),
  read: new Set(["SELECT", "WITH", "VALUES", "EXPLAIN"]),
};

const HINTS: Readonly<Record<Purpose, string>> = {
  change: "give a statement that changes rows or tables; read with get or all",
  read: "give a SELECT",
};

// SQLite's tokens, as far as they matter here. A doubled quote makes two tokens of one text, which is harmless.
const TOKEN = new RegExp(
  [
    /\s+/,
    /--[^\n]*/,
    /\/\*.*?(?:\*\/|$)/,
    /'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]/,
    /[a-z_\u0080-\uffff][\w$\u0080-\uffff]*/,
    /[?:@#$][\w:$]*/,
    /\d[\w.]*/,
    /./,
  ]
    .map(({ source }) => source)
    .join("|"),
  "gis",
);
const NOTHING = /^(?:\s|--|\/\*)/;
const PLACEHOLDER = /^[?:@#$]/;
const OURS = /^["`[]?_tetra_/i;

/**
 * Refuses what the driver would run in part or with other values than were meant: it takes the first of
 * several statements and leaves out the rest, and fills what is not given with NULL.
 * @throws TetraError `INVALID_INPUT`
 */
export function checkSql(
  purpose: Purpose,
  sql: string,
  parameters: readonly unknown[],
): asserts parameters is readonly SqliteValue[] {
  const tokens = [...sql.matchAll(TOKEN)].map(([token]) => token).filter((t) => !NOTHING.test(t));
  while (tokens.at(-1) === ";") tokens.pop();
  const [first = ""] = tokens;
  if (!FIRST_WORDS[purpose].has(first.toUpperCase())) {
    throw refusal(sql, `${first === "" ? "nothing" : first} cannot be run here`, HINTS[purpose]);
  }
  if (tokens.includes(";")) {
    throw refusal(sql, "it is more than one statement", "give one statement at a time");
  }
  if (purpose === "change" && tokens.some((token) => OURS.test(token))) {
    throw refusal(sql, "_tetra_… holds what is prepared", "leave these tables alone");
  }
  const placeholders = tokens.filter((token) => PLACEHOLDER.test(token));
  const named = placeholders.find((token) => token !== "?");
  if (named !== undefined) {
    throw refusal(sql, `${named} has a name or a number`, "write ? for each value");
  }
  if (placeholders.length !== parameters.length) {
    const counts = `it wants ${placeholders.length} values and got ${parameters.length}`;
    throw refusal(sql, counts, "give one value for each ?");
  }
  parameters.forEach((value, at) => checkValue(value, `${brief(sql)}: value ${at + 1}`));
}

function refusal(sql: string, why: string, hint: string): TetraError<ParticipantErrorCode> {
  return new TetraError("INVALID_INPUT", `${brief(sql)}: ${why}`, { hint, details: { sql } });
}

const BRIEF = 60;

/** A statement on one line of a message. */
export function brief(sql: string): string {
  const line = sql.replaceAll(/\s+/g, " ").trim();
  return line.length <= BRIEF ? line : `${line.slice(0, BRIEF - 1)}…`;
}
