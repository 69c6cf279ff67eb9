import { TetraError } from "@tetra/errors";
import type { InstancesErrorCode } from "./errors.ts";
import { quoteInclude } from "./nginx-site.ts";

const MARK = "# tetra: tsm nginx put this line here, and takes it away again";

/** The line in the user's `nginx.conf`. @throws TetraError `NGINX_TEXT` */
export function includeLine(folder: string): string {
  return `    include ${quoteInclude(folder)}; ${MARK}`;
}

/**
 * The `nginx.conf` with our line as the last of its `http` block; the same text if it has it already.
 * @throws TetraError `NGINX_CONF` when there is no `http` block, `NGINX_TEXT`
 */
export function withInclude(conf: string, folder: string): string {
  const line = includeLine(folder);
  if (conf.split("\n").includes(line)) return conf;
  const plain = withoutInclude(conf);
  const end = findBlockEnd(plain, "http");
  if (end === undefined) {
    throw new TetraError<InstancesErrorCode>("NGINX_CONF", "there is no http block in this file", {
      hint: `put this line into the http block yourself: ${line.trim()}`,
    });
  }
  const before = plain.slice(0, end);
  const gap = before.endsWith("\n") ? "" : "\n";
  return `${before}${gap}${line}\n${plain.slice(end)}`;
}

/** The `nginx.conf` without our line. */
export function withoutInclude(conf: string): string {
  return conf
    .split("\n")
    .filter((line) => !line.endsWith(MARK))
    .join("\n");
}

/** The value of a directive outside of all blocks, such as `pid`. */
export function mainDirective(conf: string, name: string): string | undefined {
  let depth = 0;
  let words: string[] = [];
  for (const { kind, text } of tokens(conf)) {
    if (kind === "word") {
      words.push(text);
      continue;
    }
    const [first, value] = words;
    if (text === ";" && depth === 0 && first === name) return value;
    if (text === "{") depth += 1;
    if (text === "}") depth -= 1;
    words = [];
  }
  return undefined;
}

/** Where the closing brace of a block outside of all others is; the start of its line, if it is alone there. */
function findBlockEnd(conf: string, name: string): number | undefined {
  let depth = 0;
  let isInside = false;
  let words: string[] = [];
  for (const { kind, text, at } of tokens(conf)) {
    if (kind === "word") {
      words.push(text);
      continue;
    }
    if (text === "{") {
      if (depth === 0) isInside = words.length === 1 && words[0] === name;
      depth += 1;
    }
    if (text === "}") {
      depth -= 1;
      if (depth === 0 && isInside) {
        const line = conf.lastIndexOf("\n", at - 1) + 1;
        return conf.slice(line, at).trim() === "" ? line : at;
      }
    }
    words = [];
  }
  return undefined;
}

interface Token {
  readonly kind: "word" | "sign";
  readonly text: string;
  readonly at: number;
}

// as nginx reads: comments, signs, quoted words, and words, in which `${` does not begin a block
const TOKEN =
  /#[^\n]*|[{};]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?:\$\{|\\.|[^\s{};"'#\\])(?:\$\{[^}]*\}|\\.|[^\s{};\\])*/gsu;

function* tokens(conf: string): Generator<Token> {
  for (const { 0: text, index } of conf.matchAll(TOKEN)) {
    if (text.startsWith("#")) continue;
    const isSign = /^[{};]$/.test(text);
    const isQuoted = /^["']/.test(text);
    const plain = isQuoted ? text.slice(1, -1).replace(/\\(.)/gs, "$1") : text;
    yield { kind: isSign ? "sign" : "word", text: plain, at: index };
  }
}
