import { isRecord, textFrom, type Unchecked } from "../files/lenient.ts";

/** Names and values that came with an event. Names are lower case without `_` and `-`: `sessionid`. */
export type EventFields = ReadonlyMap<string, string>;

const MOST_FIELDS = 32;
const MOST_LETTERS = 256;
// name=value, name="value with blanks": what cannot be told apart for sure is no field
const FIELD = /(?:^|\s)([A-Za-z][\w-]{0,31})=(?:"([^"]*)"|([^\s"]*))/g;

/** The fields of the text behind a token: `user=ada target="save all"`. */
export function fieldsOfText(text: string): EventFields {
  const found: [string, string][] = [];
  for (const [, name = "", quoted, plain = ""] of text.matchAll(FIELD)) {
    if (found.length >= MOST_FIELDS) break;
    found.push([name, quoted ?? plain]);
  }
  return fieldsOf(found);
}

/** The fields of a JSON object, and of the object `data` in it; its own go first. */
export function fieldsOfRecord(record: Unchecked): EventFields {
  const inner = record["data"];
  const entries = [...Object.entries(record), ...(isRecord(inner) ? Object.entries(inner) : [])];
  return fieldsOf(
    entries.flatMap(([name, value]): [string, string][] => {
      const text = typeof value === "boolean" ? String(value) : textFrom(value);
      return text === undefined ? [] : [[name, text]];
    }),
  );
}

/** The value of the first of these names that has one. */
export function fieldOf(fields: EventFields, names: readonly string[]): string | undefined {
  return names.map((name) => fields.get(name)).find((value) => value !== undefined && value !== "");
}

/** Of a name that stands there twice, the first counts. */
function fieldsOf(entries: readonly (readonly [string, string])[]): EventFields {
  const fields = new Map<string, string>();
  for (const [name, value] of entries) {
    const key = name.toLowerCase().replaceAll(/[_-]/g, "");
    if (fields.size >= MOST_FIELDS) break;
    if (!fields.has(key)) fields.set(key, value.slice(0, MOST_LETTERS));
  }
  return fields;
}
