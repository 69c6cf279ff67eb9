import { TetraError } from "@tetra/errors";
import type { SagaErrorCode } from "./errors.ts";
import type { TemplatePart } from "./template.ts";

// A command for `sh -c` in which places are put in. Invariants:
//
// T1. A value is never part of the command's text: it is in the environment, and the text has only a
//     variable of the shell. Whatever the value holds, the shell does not read it as commands.
// T2. Where the shell would cut a variable into words or expand patterns in it, it stands in double
//     quotes, so that a value is one word. For that the quotes around a place must be known, which is what
//     the reading here is for. Should it be mistaken about an odd command, T1 holds still.
// T3. Where the shell takes no variable, or reads its value again, a place is refused.

/** How the shell reads the text at some point: innermost last. */
type Quoting = "plain" | "double" | "single" | "backtick" | "arithmetic" | "comment" | "heredoc";

interface Heredoc {
  readonly end: string;
  readonly isQuoted: boolean;
  readonly cutsTabs: boolean;
}

interface Reading {
  readonly quotes: { quoting: Quoting; parens: number }[];
  /** Those whose text begins at the next newline, then the one that is read. */
  readonly heredocs: Heredoc[];
  /** The line of the heredoc so far. */
  line: string;
}

/**
 * The command with a variable of the shell for each place.
 * @throws TetraError `INVALID_SAGA` for a place where the shell takes no value
 */
export function shellText(
  parts: readonly TemplatePart[],
  variable: (place: string) => string,
): string {
  const reading: Reading = { quotes: [{ quoting: "plain", parens: 0 }], heredocs: [], line: "" };
  return parts
    .map((part, index) => {
      if (part.type === "place") {
        return inserted(variable(part.name), part.name, quotingAt(reading));
      }
      const isEscaping = read(part.text, reading);
      if (isEscaping && index + 1 < parts.length) {
        throw refusal("\\ before a place", "write $${ for a ${ of the shell's own");
      }
      return part.text;
    })
    .join("");
}

function inserted(name: string, place: string, at: Quoting | "quoted heredoc"): string {
  switch (at) {
    case "plain":
      return `"\${${name}}"`; // T2
    case "single":
      return `'"\${${name}}"'`;
    case "double":
    case "heredoc":
    case "comment":
      return `\${${name}}`;
    case "backtick":
      throw refusal(`\${${place}} inside \`…\``, "use $(…) instead"); // T3
    case "arithmetic":
      throw refusal(`\${${place}} inside $((…))`, "compute it in a program"); // T3: bash runs a[$(…)]
    case "quoted heredoc":
      throw refusal(`\${${place}} in a quoted here-document`, "leave out the quotes at its <<"); // T3
  }
}

function quotingAt(reading: Reading): Quoting | "quoted heredoc" {
  const quoting = top(reading).quoting;
  if (quoting !== "heredoc") return quoting;
  reading.line += "\0"; // what has a value in it is not the end
  return reading.heredocs[0]?.isQuoted === true ? "quoted heredoc" : quoting;
}

/** @returns whether it ends with a backslash that escapes what follows */
function read(text: string, reading: Reading): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const { quoting } = top(reading);
    if (text[at] === "\\" && quoting !== "single" && quoting !== "comment") {
      if (at + 1 === text.length) return true;
      if (quoting === "heredoc") reading.line += text.slice(at, at + 2);
      at += 1;
    } else {
      at += STEPS[quoting](text, at, reading);
    }
  }
  return false;
}

/** One character in each kind of quoting; gives how many more it has read. */
const STEPS: Readonly<Record<Quoting, (text: string, at: number, reading: Reading) => number>> = {
  plain: (text, at, reading) => {
    const character = text[at];
    if (character === "'") push(reading, "single");
    else if (character === '"') push(reading, "double");
    else if (character === "(") top(reading).parens += 1;
    else if (character === ")") closed(reading);
    else if (character === "#" && /^$|[\s;&|()]/.test(text[at - 1] ?? "")) push(reading, "comment");
    else if (character === "\n") newline(reading);
    else if (text.startsWith("<<", at)) return heredoc(text, at, reading);
    else return substitution(text, at, reading);
    return 0;
  },
  double: (text, at, reading) => {
    if (text[at] === '"') reading.quotes.pop();
    return substitution(text, at, reading);
  },
  single: (text, at, reading) => {
    if (text[at] === "'") reading.quotes.pop();
    return 0;
  },
  backtick: (text, at, reading) => {
    if (text[at] === "`") reading.quotes.pop();
    return 0;
  },
  arithmetic: (text, at, reading) => {
    if (text[at] === "(") top(reading).parens += 1;
    if (text[at] === ")") closed(reading);
    return 0;
  },
  comment: (text, at, reading) => {
    if (text[at] !== "\n") return 0;
    reading.quotes.pop();
    newline(reading);
    return 0;
  },
  heredoc: (text, at, reading) => {
    if (text[at] !== "\n") {
      reading.line += text[at];
      return 0;
    }
    const [current] = reading.heredocs;
    const line = current?.cutsTabs === true ? reading.line.replace(/^\t+/, "") : reading.line;
    reading.line = "";
    if (line !== current?.end) return 0;
    reading.heredocs.shift();
    if (reading.heredocs.length === 0) reading.quotes.pop();
    return 0;
  },
};

function top(reading: Reading): { quoting: Quoting; parens: number } {
  return reading.quotes.at(-1) ?? { quoting: "plain", parens: 0 };
}

function push(reading: Reading, quoting: Quoting, parens = 0): void {
  reading.quotes.push({ quoting, parens });
}

/** A parenthesis of this level, or the end of `$(…)` and `$((…))`. */
function closed(reading: Reading): void {
  const level = top(reading);
  level.parens -= 1;
  if (level.parens <= 0 && reading.quotes.length > 1) reading.quotes.pop();
  else level.parens = Math.max(level.parens, 0);
}

/** The beginnings that plain text and double quotes share. */
function substitution(text: string, at: number, reading: Reading): number {
  if (text[at] === "`") push(reading, "backtick");
  if (text.startsWith("$((", at)) {
    push(reading, "arithmetic", 2);
    return 2;
  }
  if (!text.startsWith("$(", at)) return 0;
  push(reading, "plain", 1);
  return 1;
}

/** Notes a here-document, whose text begins with the next line. */
function heredoc(text: string, at: number, reading: Reading): number {
  const [all = "", here, tabs, end = ""] =
    /^<<(?:(<)|(-?)[ \t]*((?:'[^'\n]*'|"[^"\n]*"|\\.|[^\s;&|<>()'"\\])*))/.exec(text.slice(at)) ??
    [];
  if (here === undefined && end !== "") {
    reading.heredocs.push({
      end: end.replaceAll(/['"\\]/g, ""),
      isQuoted: /['"\\]/.test(end),
      cutsTabs: tabs === "-",
    });
  }
  return Math.max(all.length - 1, 0);
}

function newline(reading: Reading): void {
  if (reading.heredocs.length > 0) push(reading, "heredoc");
}

function refusal(problem: string, hint: string): TetraError<SagaErrorCode> {
  return new TetraError("INVALID_SAGA", `${problem} cannot take a value`, { hint });
}
