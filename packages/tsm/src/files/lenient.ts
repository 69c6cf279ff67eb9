// The original's single-field updates write every value as text, and people edit these files: a value
// of another type than expected is converted where its meaning is plain, else taken as absent.

/** A record that was read from JSON and is not known yet. */
export type Unchecked = Readonly<Record<string, unknown>>;

/** Whether a value from JSON is an object. */
export function isRecord(value: unknown): value is Unchecked {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The JSON object in a text. Throws what is made of the reason where there is none. */
export function parseRecord(text: string, refused: (why: string) => Error): Unchecked {
  let why = "no JSON object";
  try {
    const read: unknown = JSON.parse(text);
    if (isRecord(read)) return read;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    why = error.message;
  }
  throw refused(why);
}

/** A number, or text that is one. */
export function numberFrom(value: unknown): number | undefined {
  if (typeof value === "string" && /^\s*[0-9]+(\.[0-9]+)?\s*$/.test(value)) return Number(value);
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** A whole number from 0, or text that is one. */
export function countFrom(value: unknown): number | undefined {
  const number = numberFrom(value);
  return number !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** Text, or a number as text. */
export function textFrom(value: unknown): string | undefined {
  return typeof value === "number" ? String(value) : typeof value === "string" ? value : undefined;
}

/** One of the given words. */
export function oneOf<Word extends string>(
  words: readonly Word[],
  value: unknown,
): Word | undefined {
  return words.find((word) => word === value);
}

/** A list of texts, whole or not at all. */
export function textsFrom(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = value.filter((item): item is string => typeof item === "string");
  return texts.length === value.length ? texts : undefined;
}
