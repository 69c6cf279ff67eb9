import { TetraError } from "@tetra/errors";
import * as z from "zod/mini";
import type { ParticipantErrorCode } from "../errors.ts";

/**
 * What a column can hold. Whole numbers up to 2^53 are stored as `INTEGER`, other numbers as `REAL`, bytes
 * as `BLOB`. Reading gives `bigint` for integers that a number cannot hold.
 */
export type SqliteValue = null | number | bigint | string | Uint8Array;

/** A value as JSON can hold it. */
type Staged =
  | null
  | number
  | string
  | { readonly integer: string }
  | { readonly real: string }
  | { readonly blob: string };

const staged: z.ZodMiniType<readonly Staged[]> = z.array(
  z.union([
    z.null(),
    z.number(),
    z.string(),
    z.strictObject({ integer: z.string() }),
    z.strictObject({ real: z.string() }),
    z.strictObject({ blob: z.string() }),
  ]),
);

const HALF_A_PAIR = /\p{Surrogate}/u;
const MOST = 2n ** 63n - 1n;
const LEAST = -(2n ** 63n);

/**
 * Refuses what would not come back as it was given. The driver would take some of it in silence, and
 * others, such as booleans, end the process.
 * @throws TetraError `INVALID_INPUT`
 */
export function checkValue(value: unknown, where: string): asserts value is SqliteValue {
  const wrong = whatIsWrong(value);
  if (wrong === undefined) return;
  throw new TetraError<ParticipantErrorCode>("INVALID_INPUT", `${where}: ${wrong}`, {
    hint: "give null, a number, a bigint, a text or bytes (Uint8Array)",
  });
}

function whatIsWrong(value: unknown): string | undefined {
  if (value === null || value instanceof Uint8Array) return undefined;
  if (typeof value === "number") {
    return Number.isNaN(value) ? "NaN would become NULL" : undefined;
  }
  if (typeof value === "bigint") {
    return value < LEAST || value > MOST ? `${value} does not fit in 64 bits` : undefined;
  }
  if (typeof value !== "string") return `${typeof value} is no value of a column`;
  if (value.includes("\0")) return "a text with a zero byte would be cut there";
  return HALF_A_PAIR.test(value) ? "a text with half a surrogate pair would change" : undefined;
}

/** The value as the driver must be given it: it would make a `REAL` of every number. */
export function toBound(value: SqliteValue): SqliteValue {
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
}

/** The value as the driver gave it, without what only the driver's types need. */
export function fromDriver(value: unknown): SqliteValue {
  if (typeof value === "bigint") {
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value === null || typeof value === "number" || typeof value === "string") return value;
  if (value instanceof Uint8Array) return value;
  throw new Error(`the driver gave ${typeof value} for a column`);
}

/** The values of a statement as one text, to be staged. */
export function encodeValues(values: readonly SqliteValue[]): string {
  return JSON.stringify(values.map(encode));
}

function encode(value: SqliteValue): Staged {
  if (typeof value === "bigint") return { integer: value.toString() };
  if (typeof value === "number" && !Number.isFinite(value)) return { real: value.toString() };
  if (value instanceof Uint8Array) {
    return { blob: Buffer.from(value.buffer, value.byteOffset, value.length).toString("base64") };
  }
  return value;
}

/** What {@link encodeValues} made a text of. */
export function decodeValues(text: string): readonly SqliteValue[] {
  return staged.parse(JSON.parse(text)).map(decode);
}

function decode(value: Staged): SqliteValue {
  if (value === null || typeof value !== "object") return value;
  if ("integer" in value) return BigInt(value.integer);
  if ("real" in value) return Number(value.real);
  return Buffer.from(value.blob, "base64");
}
