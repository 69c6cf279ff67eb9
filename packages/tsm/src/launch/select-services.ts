import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import type { LaunchErrorCode } from "./errors.ts";

/** A service, as far as it can be named. */
export interface Selectable {
  readonly name: string;
  /** Its id. */
  readonly id?: number | undefined;
  /** That of its process, while it runs. */
  readonly pid?: number | undefined;
  readonly port?: number | undefined;
  readonly org?: string | undefined;
  readonly group?: string | undefined;
}

/**
 * The names of the services that words mean, each once, in the order of the words. A word is `*`; digits:
 * an id, else a pid, else a port; `org/`: all of an organisation; `org/word`: among those; else, and the
 * first that fits anything counts: a name, a group (all of it), a name without its port, the beginning of
 * a name, a part of it, or letters of it in their order.
 * @throws TetraError `SERVICE_NOT_FOUND`, `AMBIGUOUS_SERVICE`
 */
export function selectServices(
  words: readonly string[],
  all: readonly Selectable[],
): readonly string[] {
  const sorted = all.toSorted((a, b) => (a.id ?? Infinity) - (b.id ?? Infinity));
  return [...new Set(words.flatMap((word) => selectByWord(word, sorted)))];
}

function selectByWord(word: string, all: readonly Selectable[]): readonly string[] {
  if (word === "*") return all.map(({ name }) => name);
  if (/^[0-9]+$/.test(word)) return [byNumber(word, all)];
  const [, org, rest = ""] = /^([^/]*)\/(.*)$/u.exec(word) ?? [];
  if (org === undefined) return byText(word, word, all);
  const members = all.filter((service) => service.org === org);
  if (rest !== "" && rest !== "*") return byText(word, rest, members);
  if (members.length === 0) throw notFound(word);
  return members.map(({ name }) => name);
}

function byNumber(word: string, all: readonly Selectable[]): string {
  const number = Number(word);
  for (const key of ["id", "pid", "port"] as const) {
    const found = all.filter((service) => service[key] === number);
    if (found.length > 0) return only(word, found);
  }
  throw notFound(word);
}

/** Whether a service fits what was typed; from the strictest to the most lenient. */
const FITS: readonly ((service: Selectable, typed: string) => boolean)[] = [
  ({ name }, typed) => name.replace(/-[0-9]+$/, "") === typed,
  ({ name }, typed) => name.startsWith(typed),
  ({ name }, typed) => name.includes(typed),
  ({ name }, typed) => hasLetters(name.toLowerCase(), typed.toLowerCase()),
];

function byText(word: string, typed: string, all: readonly Selectable[]): readonly string[] {
  if (typed === "") throw notFound(word);
  const exact = all.find(({ name }) => name === typed);
  if (exact !== undefined) return [exact.name];
  const group = all.filter((service) => service.group === typed);
  if (group.length > 0) return group.map(({ name }) => name);
  for (const fits of FITS) {
    const found = all.filter((service) => fits(service, typed));
    if (found.length > 0) return [only(word, found)];
  }
  throw notFound(word);
}

/** Whether the letters occur in the text in their order. */
function hasLetters(text: string, letters: string): boolean {
  let from = 0;
  for (const letter of letters) {
    const at = text.indexOf(letter, from);
    if (at === -1) return false;
    from = at + letter.length;
  }
  return true;
}

function only(word: string, found: readonly Selectable[]): string {
  const [first, ...others] = found;
  if (first === undefined) throw notFound(word);
  if (others.length === 0) return first.name;
  const candidates = found.map(({ id, name }) => ({ id, name }));
  throw new TetraError<LaunchErrorCode>("AMBIGUOUS_SERVICE", `ambiguous name '${word}'`, {
    hint: `use one of ${candidates.map(({ name }) => name).join(", ")}`,
    details: { word, candidates },
  });
}

function notFound(word: string): TetraError<TsmErrorCode> {
  return new TetraError("SERVICE_NOT_FOUND", `process '${word}' not found`, {
    hint: "look at the list",
    details: { name: word },
  });
}
