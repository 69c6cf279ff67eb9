import { TetraError } from "@tetra/errors";
import type { SagaErrorCode } from "./errors.ts";
import type { Json } from "./json.ts";
import { isPlain } from "./json-problem.ts";
import { type Reference, REFERENCE_KEYS } from "./reference.ts";

/** Where references lead. */
export interface Sources {
  /** What the saga was started with. Secrets in it are filled in too. */
  readonly input?: Json | undefined;
  /** Results by name; a group's hold those of its steps. What looks like a reference in them is none. */
  readonly results: Readonly<Record<string, unknown>>;
}

/** Secrets that were read, by what they were referred to with (`env:NAME`, `file:PATH`). */
type Secrets = ReadonlyMap<string, string>;

/**
 * Whether a value is a reference: an object with one of the reserved keys and no other key. What it holds
 * was checked with the definition.
 */
export function isReference(value: unknown): value is Reference {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && REFERENCE_KEYS.some((key) => key === keys[0]);
}

/**
 * A step's data with every reference filled in. It shares nothing with the definition, the input or the
 * results, so that an action may change what it got.
 * @throws TetraError `INVALID_SAGA` when a reference leads nowhere; `SECRET_MISSING` when a secret was
 *   not read
 */
export function fillIn(
  data: Json | undefined,
  sources: Sources,
  secrets: Secrets,
): Json | undefined {
  return data === undefined ? undefined : filled(data, sources, secrets);
}

function filled(data: Json, sources: Sources, secrets: Secrets): Json {
  if (!isReference(data)) return eachOf(data, (inner) => filled(inner, sources, secrets));
  if ("$literal" in data) return copy(data.$literal);
  if ("$result" in data) return copy(follow(sources.results, data.$result, "results"));
  if ("$secret" in data) return secret(data.$secret, secrets);
  if ("$input" in data) return withSecrets(follow(sources.input, data.$input, "input"), secrets);
  return data.$text.map((part) => asText(filled(part, sources, secrets))).join("");
}

/** What is at a path inside a value. @throws TetraError `INVALID_SAGA` */
function follow(from: unknown, path: readonly (string | number)[], what: string): Json {
  let value = from;
  for (const key of path) value = inside(value, key);
  if (isJson(value)) return value;
  const place = [what, ...path].join(".");
  throw new TetraError<SagaErrorCode>("INVALID_SAGA", `there is no ${place}`, {
    hint: "compare the reference with what is there",
    details: { path },
  });
}

/** Inputs and results are JSON, checked with the definition or on the way to the log. */
function isJson(value: unknown): value is Json {
  return value !== undefined;
}

/** What an object or an array holds under a key of its own. */
export function inside(value: unknown, key: string | number): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return Array.isArray(value) && !/^\d+$/.test(String(key)) ? undefined : Reflect.get(value, key);
}

function withSecrets(input: Json, secrets: Secrets): Json {
  if (isReference(input) && "$secret" in input) return secret(input.$secret, secrets);
  return eachOf(input, (inner) => withSecrets(inner, secrets));
}

function secret(reference: string, secrets: Secrets): string {
  const value = secrets.get(reference);
  if (value !== undefined) return value;
  throw new TetraError<SagaErrorCode>("SECRET_MISSING", `the secret ${reference} was not read`);
}

function asText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function copy(value: Json): Json {
  return eachOf(value, copy);
}

/** A value of the same kind whose members went through `change`; what has none stays as it is. */
function eachOf(value: Json, change: (inner: Json) => Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map((inner) => change(inner));
  if (!isPlain(value)) return value;
  // fromEntries defines keys, so that `__proto__` is one like any other
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, change(inner)]));
}

/** Array.isArray does not tell readonly arrays apart. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** Every reference in a value, in order, those inside `$text` included and nothing inside `$literal`. */
export function referencesIn(data: Json | undefined): readonly Reference[] {
  const found: Reference[] = [];
  if (data !== undefined) collect(data, found);
  return found;
}

function collect(data: Json, found: Reference[]): void {
  if (isReference(data)) {
    found.push(data);
    if ("$text" in data) for (const part of data.$text) collect(part, found);
  } else if (typeof data === "object" && data !== null) {
    for (const inner of Object.values(data)) collect(inner, found);
  }
}

/** The secrets that a value refers to (`env:NAME`, `file:PATH`), each once. */
export function secretsOf(json: Json | undefined): readonly string[] {
  const secrets = referencesIn(json).flatMap((it) => ("$secret" in it ? [it.$secret] : []));
  return [...new Set(secrets)];
}
