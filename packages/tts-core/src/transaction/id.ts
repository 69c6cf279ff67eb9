import { TetraError } from "@tetra/errors";
import type { TtsErrorCode } from "../errors.ts";
import { compareBytes } from "../context/byte-order.ts";
import { formatStamp } from "../time.ts";

const SLUG_LENGTH = 30;
const ID_BYTES = 200;
const encoder = new TextEncoder();

/** The slug of a description: lower case, `-` for everything else, at most 30 characters (TTS 1.0). */
export function slug(description: string): string {
  return description
    .replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, SLUG_LENGTH)
    .replace(/-$/, "");
}

/**
 * `<slug>-<YYYYMMDDTHHMMSS>`, the time being local. Unique only together with a store: on `EXISTS` try
 * again with `attempt` 2, 3 …, which adds `-2`, `-3` ….
 */
export function transactionId(
  description: string,
  time: { readonly atMs: number; readonly offsetMinutes: number },
  attempt = 1,
): string {
  const id = `${slug(description)}-${formatStamp(time.atMs, time.offsetMinutes)}`;
  return attempt === 1 ? id : `${id}-${attempt}`;
}

/** The local time in an id, `YYYYMMDDTHHMMSS`; empty when another tool made an id without one. */
export function idStamp(id: string): string {
  return /-([0-9]{8}T[0-9]{6})(?:-[0-9]+)?$/.exec(id)?.[1] ?? "";
}

/** Orders ids newest first: by their time, then, within one second, by the id itself. */
export function newestFirst(a: string, b: string): number {
  return compareBytes(idStamp(b), idStamp(a)) || compareBytes(a, b);
}

/** Whether a text can be a transaction's id, also one that another tool made. */
export function isTransactionId(text: string): boolean {
  return (
    text.length > 0 &&
    // no character takes more than three bytes for each of its UTF-16 units
    (text.length * 3 <= ID_BYTES || encoder.encode(text).length <= ID_BYTES) &&
    !text.startsWith(".") &&
    text !== "active" &&
    !text.includes("/") &&
    !text.includes("\0")
  );
}

/**
 * Checks an id before it touches a path. Foreign ids may hold spaces, quotes and newlines; what they
 * cannot hold is a folder separator, a NUL, a leading dot, or the name of the active link.
 * @throws TetraError `INVALID_ID`
 */
export function checkTransactionId(text: string): string {
  if (isTransactionId(text)) return text;
  throw new TetraError<TtsErrorCode>(
    "INVALID_ID",
    `${JSON.stringify(text.slice(0, 60))} is not a transaction id`,
    { hint: "ids look like deploy-api-20260131T093000", details: { id: text.slice(0, 300) } },
  );
}
