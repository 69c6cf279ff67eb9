/* oxlint-disable typescript/no-unsafe-type-assertion -- these types are for the compiler alone: at run time
   a reference is an object that WeakMap REFERENCES knows */
import { TetraError } from "@tetra/errors";
import type { SagaErrorCode } from "./errors.ts";
import type { Json } from "./json.ts";
import { isPlain } from "./json-problem.ts";
import type { Reference } from "./reference.ts";
import { isReference } from "./wiring.ts";

declare const refersTo: unique symbol;
declare const isSecret: unique symbol;

/** A reference to a value of this type that is there only when the saga runs. */
export interface Ref<T> {
  /** Says what it refers to, to the compiler alone. */
  readonly [refersTo]: T;
}

type Plain = string | number | boolean | null | undefined;

/**
 * A reference to a value of this type, with references to its fields. It is not the value: it can be put
 * into data, and into text with {@link text}; what needs the value itself belongs into an action.
 * Elements of lists, and what is inside a value of no known type, are reached with {@link field}.
 */
export type RefTo<T> = [T] extends [Plain | readonly unknown[]]
  ? Ref<T>
  : Ref<T> & { readonly [Key in keyof T]-?: RefTo<T[Key]> };

/** A reference to a secret, which is text. */
export interface SecretRef extends Ref<string> {
  /** Tells it from other text, to the compiler alone. */
  readonly [isSecret]: true;
}

/** Data of this type in which any part may be a reference to such a part. */
export type DataFor<T> =
  | Ref<T>
  | (T extends Plain
      ? T
      : T extends readonly unknown[]
        ? { readonly [Index in keyof T]: DataFor<T[Index]> }
        : T extends object
          ? { readonly [Key in keyof T]: DataFor<T[Key]> }
          : T);

/** Input of this type in which any text may be a secret by reference, and nothing else a reference. */
export type InputFor<T> =
  | (string extends T ? SecretRef : never)
  | (T extends Plain
      ? T
      : T extends readonly unknown[]
        ? { readonly [Index in keyof T]: InputFor<T[Index]> }
        : T extends object
          ? { readonly [Key in keyof T]: InputFor<T[Key]> }
          : T);

/** What the references that were handed out stand for. */
const REFERENCES = new WeakMap<object, Reference>();

/** A reference to the result of a step, or to a field in it. */
export function resultRef(path: readonly [string, ...(string | number)[]]): object {
  const [step] = path;
  return followable(path, ([, ...fields]) => ({ $result: [step, ...fields] }));
}

/** A reference to what the saga was started with, or to a field of it. */
export function inputRef(path: readonly (string | number)[] = []): object {
  return followable(path, (names) => ({ $input: names }));
}

/** An object whose fields, of these names and no others, are references to results. */
export function resultRefs(names: ReadonlySet<string>): object {
  return guarded("results", (name) => {
    if (names.has(name)) return resultRef([name]);
    throw misuse(`there is no step ${name} before`, "refer to a step that is done before");
  });
}

/**
 * A reference to a secret: `env:NAME` or `file:PATH`. It is read at each call, and neither recorded nor
 * shown.
 */
export function secret(reference: string): SecretRef {
  return opaque({ $secret: reference }) as SecretRef;
}

/**
 * Text with references in it: `` text`Hello ${input.name}` ``. What is not text when the saga runs is
 * written as JSON.
 */
export function text(
  strings: TemplateStringsArray,
  ...values: readonly (Ref<unknown> | string | number | boolean)[]
): Ref<string> {
  const parts = strings.flatMap((part, index): Json[] =>
    index < values.length ? [part, dataOf(values[index])] : [part],
  );
  return opaque({ $text: parts.filter((part) => part !== "") }) as Ref<string>;
}

/**
 * A reference to what is inside a value that the types do not tell: an element of a list, a field of an
 * untyped result. The type is the caller's word.
 */
export function field<T>(ref: Ref<unknown>, ...path: readonly (string | number)[]): RefTo<T> {
  const reference = REFERENCES.get(ref);
  if (reference === undefined) throw misuse("field() takes a reference", "pass input or a result");
  if ("$result" in reference) return resultRef([...reference.$result, ...path]) as RefTo<T>;
  if ("$input" in reference) return inputRef([...reference.$input, ...path]) as RefTo<T>;
  throw misuse("a secret or a text has no fields", "refer to it whole");
}

/** Whether a value is a reference that was handed out. */
export function isRef(value: unknown): value is Ref<unknown> {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  return isObject && REFERENCES.has(value);
}

/**
 * Data as it is recorded: references written out, and what only looks like one marked as a literal.
 * @throws TetraError `INVALID_SAGA` for what is no data: a promise, for example
 */
export function dataOf(value: unknown): Json {
  return written(value, false);
}

function written(value: unknown, inLiteral: boolean): Json {
  const reference = isRef(value) ? REFERENCES.get(value) : undefined;
  if (reference !== undefined) {
    if (!inLiteral) return reference;
    throw misuse("data that looks like a reference holds one", "rename its key");
  }
  if (Array.isArray(value)) return value.map((inner) => written(inner, inLiteral));
  if (typeof value === "object" && value !== null && isPlain(value)) {
    const members = Object.entries(value).filter(([, inner]) => inner !== undefined);
    const isLiteral = !inLiteral && isReference(Object.fromEntries(members));
    const data = Object.fromEntries(
      members.map(([key, inner]) => [key, written(inner, inLiteral || isLiteral)]),
    );
    return isLiteral ? { $literal: data } : data;
  }
  if (value instanceof Promise) {
    throw misuse("data was promised", "give it at once; what takes time belongs into an action");
  }
  return value as Json; // or refused with its place, when the definition is checked
}

/** An object that stands for a reference, whose fields stand for references further in. */
function followable(
  path: readonly (string | number)[],
  make: (path: readonly (string | number)[]) => Reference,
): object {
  const reference = make(path);
  const shown =
    Object.entries(reference).map(([key, names]) => `${key} ${JSON.stringify(names)}`)[0] ?? "";
  const proxy = guarded(shown, (name) => followable([...path, name], make));
  REFERENCES.set(proxy, reference);
  return proxy;
}

/** A reference without fields. */
function opaque(reference: Reference): object {
  const [shown = ""] = Object.keys(reference);
  const proxy = guarded(shown, () => undefined);
  REFERENCES.set(proxy, reference);
  return proxy;
}

/** An object that refuses whatever would take it for the value. */
function guarded(shown: string, get: (name: string) => unknown): object {
  const refuse = (): never => {
    throw misuse(
      `${shown} is a reference, not the value`,
      "put it into data or text`…`; what needs the value belongs into an action",
    );
  };
  // a function, so that calling one (`input.email.trim()`) gets here too
  return new Proxy(() => {}, {
    get: (_target, name) => {
      if (typeof name === "string") return get(name);
      return name === Symbol.toPrimitive || name === Symbol.iterator ? refuse() : undefined;
    },
    apply: refuse,
    has: refuse,
    ownKeys: refuse,
    set: refuse,
  });
}

function misuse(problem: string, hint: string): TetraError<SagaErrorCode> {
  return new TetraError("INVALID_SAGA", problem, { hint });
}
