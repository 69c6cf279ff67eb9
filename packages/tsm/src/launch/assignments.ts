import { readWord, type Standing, type Word } from "./bash-words.ts";
import { expandItems, expandText, type Value } from "./expand-word.ts";
import { fits, lineAt, refusal, take, type TextCursor } from "./text-cursor.ts";

/** A variable that a file of assignments sets, with what it has at the end of the file. */
export interface Assignment {
  readonly name: string;
  /** Text, or the items of an array, `A=(x "y z")`. */
  readonly value: string | readonly string[];
  /** The line of its last assignment, from 1. */
  readonly line: number;
  /** Whether the file exports it. */
  readonly exported: boolean;
}

/** What a file of assignments is read with. */
export interface AssignmentsContext {
  /** What `$V` finds where the file has not set it. */
  readonly variables: Readonly<Record<string, string>>;
  /** The file, for messages. */
  readonly where: string;
}

/** What bash makes up when it is asked; nobody else knows it. */
const BASH_OWN: ReadonlySet<string> = new Set(
  `BASHOPTS BASHPID BASH_ARGC BASH_ARGV BASH_COMMAND BASH_LINENO BASH_SOURCE BASH_SUBSHELL BASH_VERSINFO
  BASH_VERSION COMP_WORDBREAKS DIRSTACK EPOCHREALTIME EPOCHSECONDS EUID FUNCNAME GROUPS HISTCMD HOSTNAME
  HOSTTYPE IFS LINENO MACHTYPE OPTIND OSTYPE PIPESTATUS PPID RANDOM SECONDS SHELLOPTS SRANDOM UID _`.split(
    /\s+/,
  ),
);

const COMMENT = /#[^\n]*/y;
const GAP = /(?:[ \t]|\\\n)+/y;
const SEPARATOR = /[;\n]|$/y;
const TARGET = /[A-Za-z_][A-Za-z0-9_]*\+?=/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*(?=[ \t\n;]|$)/y;
const EXPORT = /export(?=[ \t\n;]|$)/y;

/**
 * Reads a file of bash assignments as bash would, without executing anything: quotes, `$'…'`, comments,
 * `export`, arrays, `+=`, and `$V`, `${V}`, `${V:-x}`, `${V:=x}` from earlier lines, then from
 * `variables`. In the order in which the variables were first set.
 * @throws TetraError `NOT_ASSIGNMENTS` for anything else, with file, line, and what it is.
 */
export function parseAssignments(
  text: string,
  { variables, where }: AssignmentsContext,
): readonly Assignment[] {
  const plain = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const cursor: TextCursor = { text: plain, where, at: 0 };
  if (plain.includes("\0")) throw refusal(cursor, "a NUL character", plain.indexOf("\0"));
  const scope = new Scope(cursor, variables);
  for (;;) {
    while ((take(cursor, /[ \t\n]|\\\n/y) ?? take(cursor, COMMENT)) !== undefined);
    if (cursor.at === plain.length) return scope.assignments();
    readStatement(cursor, scope);
  }
}

/** An assignment that was read. */
interface Target {
  readonly name: string;
  readonly appends: boolean;
  readonly value: Value;
  readonly line: number;
}

function readStatement(cursor: TextCursor, scope: Scope): void {
  if (take(cursor, EXPORT) !== undefined) {
    readExport(cursor, scope);
    return;
  }
  do {
    if (!fits(cursor, TARGET, cursor.at)) throw notAnAssignment(cursor);
    scope.assign(readTarget(cursor, scope, { braces: false }));
  } while (!endsStatement(cursor));
}

/** `export A B=1`: bash looks at all of the line before it assigns any of it. */
function readExport(cursor: TextCursor, scope: Scope): void {
  const start = cursor.at;
  const names: string[] = [];
  const targets: Target[] = [];
  while (!endsStatement(cursor)) {
    if (fits(cursor, TARGET, cursor.at)) targets.push(readTarget(cursor, scope, { braces: true }));
    else {
      const name = take(cursor, NAME);
      if (name === undefined)
        throw refusal(cursor, "export of something else than NAME or NAME=value");
      names.push(name);
    }
  }
  if (names.length + targets.length === 0) throw refusal(cursor, "export without a name", start);
  targets.forEach((target) => scope.assign(target));
  [...names, ...targets.map(({ name }) => name)].forEach((name) => scope.export(name));
}

/** Whether the statement is over; what separates it from the next is taken. */
function endsStatement(cursor: TextCursor): boolean {
  const hasGap = take(cursor, GAP) !== undefined;
  if (hasGap) take(cursor, COMMENT);
  if (!fits(cursor, SEPARATOR, cursor.at)) return false;
  cursor.at = Math.min(cursor.at + 1, cursor.text.length);
  return true;
}

function notAnAssignment(cursor: TextCursor): Error {
  const [, word = ""] = /^([^\s;]*)/.exec(cursor.text.slice(cursor.at, cursor.at + 40)) ?? [];
  if (/^[A-Za-z_]\w*\[/.test(word)) return refusal(cursor, `one item of an array, ${word}`);
  if (/^[\w:.-]+\(\)/.test(word)) return refusal(cursor, `a function, ${word}`);
  return refusal(cursor, word === "" ? "a lone ;" : `a command, ${word}`);
}

function readTarget(
  cursor: TextCursor,
  scope: Scope,
  { braces }: { readonly braces: boolean },
): Target {
  const line = lineAt(cursor, cursor.at);
  const start = cursor.at;
  const written = take(cursor, TARGET) ?? "";
  const appends = written.endsWith("+=");
  const name = written.slice(0, appends ? -2 : -1);
  if (name === "IFS") throw refusal(cursor, "IFS, which would change how the rest is read", start);
  const standing: Standing = {
    place: "value",
    quoted: false,
    homes: "colons",
    braces,
    patterns: false,
  };
  const value = take(cursor, /\(/y)
    ? readArray(cursor, scope, start)
    : scope.text(readWord(cursor, standing));
  return { name, appends, value, line };
}

function readArray(cursor: TextCursor, scope: Scope, start: number): readonly string[] {
  const standing: Standing = {
    place: "element",
    quoted: false,
    homes: "start",
    braces: true,
    patterns: true,
  };
  const items: string[] = [];
  for (;;) {
    const at = cursor.at;
    while (take(cursor, /[ \t\n]|\\\n/y) !== undefined);
    const isComment = cursor.text[cursor.at] === "#";
    if (isComment && (at !== cursor.at || cursor.text[at - 1] === "(")) take(cursor, COMMENT);
    else if (take(cursor, /\)/y) !== undefined) break;
    else if (cursor.at === cursor.text.length)
      throw refusal(cursor, "an array without its )", start);
    else {
      const word = readWord(cursor, standing);
      const found = scope.items(word);
      if (found === undefined) throw refusal(cursor, "a file pattern in an unquoted variable");
      items.push(...found);
    }
  }
  if (!fits(cursor, /[ \t\n;]|$/y, cursor.at)) throw refusal(cursor, "text after an array");
  return items;
}

/** The variables while a file is read: its own, over those that were there. */
class Scope {
  readonly #own = new Map<string, Omit<Assignment, "name" | "exported">>();
  readonly #exported = new Set<string>();
  readonly #variables: Readonly<Record<string, string>>;
  readonly #cursor: TextCursor;

  constructor(cursor: TextCursor, variables: Readonly<Record<string, string>>) {
    this.#cursor = cursor;
    this.#variables = variables;
  }

  text(word: Word): string {
    return expandText(word, this);
  }

  items(word: Word): readonly string[] | undefined {
    return expandItems(word, this);
  }

  get(name: string): string | undefined {
    const value = this.#value(name);
    if (value === undefined && BASH_OWN.has(name)) {
      throw refusal(this.#cursor, `bash's own variable $${name}`);
    }
    return typeof value === "string" ? value : value?.[0];
  }

  set(name: string, value: string): void {
    const line = lineAt(this.#cursor, this.#cursor.at);
    this.assign({ name, value, line, appends: false });
  }

  assign({ name, appends, value, line }: Target): void {
    this.#own.set(name, { value: assigned(this.#value(name), value, appends), line });
  }

  export(name: string): void {
    this.#exported.add(name);
  }

  assignments(): readonly Assignment[] {
    return [...this.#own].map(([name, { value, line }]) => ({
      name,
      value,
      line,
      exported: this.#exported.has(name),
    }));
  }

  #value(name: string): Value | undefined {
    const own = this.#own.get(name)?.value;
    if (own !== undefined) return own;
    return Object.hasOwn(this.#variables, name) ? this.#variables[name] : undefined;
  }
}

/** What a variable has after an assignment: text given to an array is given to its first item. */
function assigned(before: Value | undefined, value: Value, appends: boolean): Value {
  if (typeof value !== "string") {
    if (!appends || before === undefined) return value;
    return typeof before === "string" ? [before, ...value] : [...before, ...value];
  }
  if (before === undefined) return value;
  if (typeof before === "string") return appends ? before + value : value;
  const [first = "", ...others] = before;
  return [appends ? first + value : value, ...others];
}
