import { TextDecoder } from "node:util";
import { refusal, take, type TextCursor } from "./text-cursor.ts";

const NAMED: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  e: "\x1b",
  E: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "?": "?",
};

/**
 * Reads what stands between `$'` and `'`; the cursor is at the first quote.
 * @throws TetraError `NOT_ASSIGNMENTS` when it is not closed, has a NUL, or bytes that are no text.
 */
export function ansiQuoted(cursor: TextCursor): string {
  const start = cursor.at;
  const bytes: number[] = [];
  cursor.at += 1;
  while (cursor.text[cursor.at] !== "'") {
    const plain = take(cursor, /[^'\\]+/y);
    if (plain !== undefined) bytes.push(...Buffer.from(plain));
    else if (cursor.at >= cursor.text.length - 1) {
      throw refusal(cursor, "a quote that is not closed, $'", start);
    } else bytes.push(...escaped(cursor));
  }
  cursor.at += 1;
  if (bytes.includes(0)) throw refusal(cursor, "a NUL character", start);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.from(bytes),
    );
  } catch {
    throw refusal(cursor, "bytes that are no text in UTF-8", start);
  }
}

/** The bytes of one escape; what bash does not know stays as it is. */
function escaped(cursor: TextCursor): readonly number[] {
  const start = cursor.at;
  const octal = take(cursor, /\\[0-7]{1,3}/y);
  if (octal !== undefined) return [Number.parseInt(octal.slice(1), 8) & 0xff];
  const byte = take(cursor, /\\x[0-9A-Fa-f]{1,2}/y);
  if (byte !== undefined) return [Number.parseInt(byte.slice(2), 16)];
  const point = take(cursor, /\\u[0-9A-Fa-f]{1,4}|\\U[0-9A-Fa-f]{1,8}/y);
  if (point !== undefined) return encoded(cursor, Number.parseInt(point.slice(2), 16), start);
  const control = take(cursor, /\\c[ -&(-[\]-~]/y);
  if (control !== undefined) return [control.charCodeAt(2) & 0x1f];
  if (take(cursor, /\\(?:x\{|c)/y) !== undefined) {
    throw refusal(cursor, `the escape ${cursor.text.slice(start, start + 3)}`, start);
  }
  const [sign = ""] = cursor.text.slice(cursor.at + 1);
  cursor.at += 1 + sign.length;
  return [...Buffer.from(NAMED[sign] ?? `\\${sign}`)];
}

function encoded(cursor: TextCursor, point: number, start: number): readonly number[] {
  const isCharacter = point <= 0x10_ffff && (point < 0xd800 || point > 0xdfff);
  if (!isCharacter) throw refusal(cursor, "an escape that is no character", start);
  return [...Buffer.from(String.fromCodePoint(point))];
}
