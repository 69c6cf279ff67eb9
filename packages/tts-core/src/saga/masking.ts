import type { Json } from "./json.ts";

/** What stands where a secret was. */
const MASK = "***";
/**
 * Secrets, and lines of secrets, of fewer characters are not masked: they are in every text, and what is
 * so short is no secret.
 */
export const SHORTEST_SECRET = 4;
/** Of a base64 text that may stand in the middle of a longer one, at least so much must be sure. */
const SHORTEST_BASE64 = 8;

/** Takes secrets out of what is recorded or shown. */
export interface Masker {
  /** The text with `***` wherever a secret was. */
  readonly text: (text: string) => string;
  /** The value with `***` wherever a secret was: in texts, keys, and numbers written out. */
  readonly json: (value: Json) => Json;
}

/**
 * A masker for these secrets. It knows each as it is, URL-encoded, in base64 and base64url (also in the
 * middle of a longer text that was encoded), escaped as in JSON and as in a shell's quotes, and each line
 * of those that have several.
 */
export function masker(secrets: Iterable<string>): Masker {
  const found = new Set<string>();
  for (const secret of secrets) for (const form of formsOf(secret)) found.add(form);
  const forms = [...found].filter((form) => form.length >= SHORTEST_SECRET);
  const text = (shown: string): string => masked(shown, forms);
  return { text, json: (value) => (forms.length === 0 ? value : inJson(value, text)) };
}

function inJson(value: Json, text: (shown: string) => string): Json {
  if (typeof value === "string") return text(value);
  if (typeof value === "number") return text(String(value)) === String(value) ? value : MASK;
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map((inner) => inJson(inner, text));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [text(key), inJson(inner, text)]),
  );
}

/** Array.isArray does not tell readonly arrays apart. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** Secrets may overlap, so every place is found before any is masked. */
function masked(text: string, forms: readonly string[]): string {
  const places: [from: number, to: number][] = [];
  for (const form of forms) {
    for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + 1)) {
      places.push([at, at + form.length]);
    }
  }
  if (places.length === 0) return text;
  let result = "";
  let end = 0;
  for (const [from, to] of places.toSorted((a, b) => a[0] - b[0])) {
    if (from > end || result === "") result += text.slice(end, from) + MASK;
    end = Math.max(end, to);
  }
  return result + text.slice(end);
}

function formsOf(secret: string): readonly string[] {
  const trimmed = secret.trim();
  const lines = trimmed.split(/[\r\n]+/).map((line) => line.trim());
  const texts = [trimmed, ...(lines.length > 1 ? lines : [])];
  const short = texts.filter((text) => text.length >= SHORTEST_SECRET);
  return [
    ...short.flatMap(escapedForms),
    ...(trimmed.length >= SHORTEST_SECRET ? base64Forms(trimmed) : []),
    ...(trimmed.length >= SHORTEST_SECRET && secret !== trimmed ? base64Forms(secret) : []),
  ];
}

function escapedForms(text: string): readonly string[] {
  const json = inQuotes(text);
  const ascii = json.replaceAll(/[^\0-~]/g, unicodeEscape);
  const url = urlEncoded(text);
  const strictUrl = url.replaceAll(/[!'()*]/g, percentEscape);
  const urls = [url, strictUrl].flatMap((it) => [it, it.replaceAll("%20", "+")]);
  return [
    text,
    ...[json, ascii, json.replaceAll("/", String.raw`\/`)].flatMap((it) => [it, inQuotes(it)]),
    ...urls,
    ...urls.map((it) => it.replaceAll(/%../g, (code) => code.toLowerCase())),
    text.replaceAll("'", String.raw`'\''`),
  ];
}

function inQuotes(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function unicodeEscape(unit: string): string {
  return String.raw`\u` + unit.charCodeAt(0).toString(16).padStart(4, "0");
}

function percentEscape(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function urlEncoded(text: string): string {
  // half a surrogate pair cannot be encoded; programs put U+FFFD in its place
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, "\uFFFD"));
}

/**
 * The secret encoded alone, and the characters that do not change whatever stands around it: base64
 * goes by three bytes, so there are three ways to stand in a longer text.
 */
function base64Forms(secret: string): readonly string[] {
  const bytes = new TextEncoder().encode(secret);
  const alone = base64(bytes);
  const inside = [0, 1, 2].map((before) => {
    const encoded = base64(Uint8Array.from([...Array(before).fill(0), ...bytes]));
    const sure = Math.floor(((before + bytes.length) * 8) / 6);
    return encoded.slice(Math.ceil((before * 8) / 6), sure);
  });
  return [alone, ...inside.filter((it) => it.length >= SHORTEST_BASE64)].flatMap((it) => [
    it,
    it.replaceAll("+", "-").replaceAll("/", "_"),
    it.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""),
  ]);
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// btoa takes Latin-1 only, and is not declared for this package
function base64(bytes: Uint8Array): string {
  let encoded = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(at, at + 3);
    const bits = first * 65_536 + second * 256 + third;
    const digits = [18, 12, 6, 0].map((shift) => DIGITS.charAt((bits >> shift) & 63)).join("");
    encoded += digits.slice(0, bytes.length - at + 1);
  }
  return encoded.padEnd(Math.ceil(bytes.length / 3) * 4, "=");
}
