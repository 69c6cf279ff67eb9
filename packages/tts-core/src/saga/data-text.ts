import type { Json } from "./json.ts";
import { durationText } from "./duration.ts";
import type { RetryPolicy } from "./definition.ts";
import { inside, isReference } from "./wiring.ts";

/** At most so much of a value is shown. */
const LONGEST = 120;

/** One line of at most so many characters, without what a terminal would take for a command. */
export function oneLine(text: string, longest: number = LONGEST): string {
  const line = text.replaceAll(/[\p{Cc}\p{Bidi_Control}]+/gu, " ").trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}

/** Data for people: what the input says is filled in, results and secrets are named. */
export function dataText(data: Json, input: Json | undefined): string {
  return typeof data === "string" ? JSON.stringify(data) : shown(data, input);
}

/** Text for people, without quotes around it. */
export function plainText(data: Json, input: Json | undefined): string {
  return typeof data === "string" ? data : shown(data, input);
}

function shown(data: Json, input: Json | undefined): string {
  if (isReference(data)) {
    if ("$secret" in data) return `(secret ${data.$secret})`;
    if ("$result" in data) return `(${data.$result.join(".")})`;
    if ("$literal" in data) return JSON.stringify(data.$literal);
    if ("$text" in data) return data.$text.map((part) => plainText(part, input)).join("");
    return inputText(data.$input, input);
  }
  if (typeof data !== "object" || data === null) return JSON.stringify(data);
  if (isList(data)) return `[${data.map((inner) => dataText(inner, input)).join(", ")}]`;
  const members = Object.entries(data).map(([key, inner]) => `${key}: ${dataText(inner, input)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

function inputText(path: readonly (string | number)[], input: Json | undefined): string {
  let value: unknown = input;
  for (const key of path) value = inside(value, key);
  // an input holds no references but secrets
  return isThere(value) ? plainText(value, undefined) : `(${["input", ...path].join(".")})`;
}

/** What is inside JSON is JSON. */
function isThere(value: unknown): value is Json {
  return value !== undefined;
}

/** Array.isArray does not tell readonly arrays apart. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** How a call is repeated and limited, in words; empty when it is neither. */
export function attemptsText(
  retry: RetryPolicy | undefined,
  timeoutMs: number | undefined,
): string {
  const parts: string[] = [];
  if (retry !== undefined && retry.maxAttempts > 1) {
    const { maxAttempts, firstMs = 200, factor = 2, maxMs = 30_000 } = retry;
    const grows = factor > 1 && maxAttempts > 2 ? `, then up to ${durationText(maxMs)}` : "";
    const first = durationText(Math.min(firstMs, maxMs));
    parts.push(`up to ${maxAttempts} attempts, up to ${first} apart${grows}`);
  }
  if (timeoutMs !== undefined) {
    const each = parts.length > 0 ? "each " : "";
    parts.push(`${each}no longer than ${durationText(timeoutMs)}`);
  }
  return parts.join(", ");
}
