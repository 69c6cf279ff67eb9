import { isNested } from "./key-forms.ts";
import type { FileKeys, ServiceKeys } from "./service-keys.ts";

/** What became of a field of another manager's file. */
export interface ImportedField {
  /** The service as it is called now; `(file)` for what is about all of them. */
  readonly service: string;
  /** As it was called there. */
  readonly field: string;
  /** `changed`: it is there, and means something else; `dropped`: it is not. */
  readonly outcome: "carried" | "changed" | "dropped";
  /** The key that has it now. */
  readonly became?: string;
  /** What to know about it. */
  readonly note?: string;
}

/** What an import gives. */
export interface Imported {
  readonly keys: FileKeys;
  /** Field by field, in the order of the file. */
  readonly report: readonly ImportedField[];
}

/** A field, translated. */
export interface Translated extends Pick<ImportedField, "outcome" | "became" | "note"> {
  readonly keys?: ServiceKeys;
}

/** How a field is translated; `undefined`: there is nothing to say about this value. */
export type Translator = (value: unknown) => Translated | undefined;

/** A value that means the same under its key. */
export function carried<Key extends keyof ServiceKeys>(
  key: Key,
  value: ServiceKeys[Key],
  note?: string,
): Translated {
  return { outcome: "carried", became: key, ...valued(key, value), ...noted(note) };
}

/** A value that is there, and means something a little different. */
export function changed<Key extends keyof ServiceKeys>(
  key: Key,
  value: ServiceKeys[Key],
  note: string,
): Translated {
  return { outcome: "changed", became: key, note, ...valued(key, value) };
}

/** A value that is not carried over. */
export function dropped(note: string): Translated {
  return { outcome: "dropped", note };
}

/** Fields that are read elsewhere, as parts of the command. */
export const PART_OF_COMMAND: Translator = () => ({ outcome: "carried", became: "command" });

/** What {@link translate} gives. */
export interface TranslatedService {
  readonly keys: ServiceKeys;
  readonly report: readonly ImportedField[];
}

/** Translates the fields of one service; a field without a translator is dropped, and said to be. */
export function translate(
  service: string,
  fields: Readonly<Record<string, unknown>>,
  translators: Readonly<Record<string, Translator>>,
): TranslatedService {
  let keys: ServiceKeys = {};
  const report: ImportedField[] = [];
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue;
    const translator = Object.hasOwn(translators, field) ? translators[field] : undefined;
    const translated = (translator ?? unknownField)(value);
    if (translated === undefined) continue;
    const { keys: more = {}, ...about } = translated;
    keys = mergedKeys(keys, more);
    report.push({ service, field, ...about });
  }
  return { keys, report };
}

/** Both, the second over the first; where a key holds keys in both, these too. */
function mergedKeys(first: ServiceKeys, second: ServiceKeys): ServiceKeys {
  const merged: Record<string, unknown> = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const before = merged[key];
    merged[key] = isNested(before) && isNested(value) ? { ...before, ...value } : value;
  }
  return merged;
}

/** A name that a service can be defined under, made of any other. */
export function importedName(name: string, taken: Iterable<string> = []): string {
  const clean = name
    .replaceAll(/[^\p{L}\p{N}_.@+-]+/gu, "-")
    .replace(/^[^\p{L}\p{N}_]+/u, "")
    .slice(0, 80)
    .replace(/(?:\.meta)+$/, "");
  const base = /^(?:[0-9]*|__proto__)$/.test(clean) ? `service-${clean || "1"}` : clean;
  const others = new Set(taken);
  let free = base;
  for (let count = 2; others.has(free); count += 1) free = `${base}-${count}`;
  return free;
}

/** A text, number, true or false; what else there is as JSON. */
export function scalarOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** The texts of a list, or of a text that has one of them. */
export function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map(scalarOf);
}

function unknownField(): Translated {
  return dropped("tsm has nothing for it");
}

function valued<Key extends keyof ServiceKeys>(
  key: Key,
  value: ServiceKeys[Key],
): { readonly keys: ServiceKeys } {
  return { keys: { [key]: value } };
}

function noted(note: string | undefined): { readonly note?: string } {
  return note === undefined ? {} : { note };
}
