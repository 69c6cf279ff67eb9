import type { ShellAnswer } from "./shell-call.ts";

/** Characters that every locale counts as one byte each. */
// oxlint-disable-next-line eslint/no-control-regex -- that is the range
const ASCII = /^[\u0001-\u007F]*$/;
/** Longer texts take a shell too long where a character may be several bytes. */
const SHORT_BYTES = 4096;

/**
 * An answer as the shell reads it: a header of 64 bytes, then output, errors, and shell commands that set
 * variables and publish. A shell drops NUL bytes while it counts them, so none is sent. The header's columns:
 *
 *   0 status   4 bytes of output   16 of errors   28 of everything   40 kind   42 id
 *
 * The kind is `b` where bytes are to be counted, `a` where that is the same as characters because all is ASCII,
 * and `o` where beside that the status is 0 and there is nothing but output.
 */
export function answerBytes(id: string, answer: ShellAnswer): Buffer {
  const [out = "", err = "", then = ""] = [answer.stdout, answer.stderr, commandsOf(answer)].map(
    (text) => text.replaceAll("\0", ""),
  );
  const body = Buffer.from(out + err + then);
  const isPlain = body.length <= SHORT_BYTES && ASCII.test(out + err + then);
  const isOutput = answer.status === 0 && err === "" && then === "";
  const kind = isPlain ? (isOutput ? "o" : "a") : "b";
  const lengths = [Buffer.byteLength(out), Buffer.byteLength(err), body.length];
  const columns = [
    String(answer.status).padEnd(4),
    ...lengths.map((length) => String(length).padEnd(12)),
    kind.padEnd(2),
    id.padEnd(22),
  ];
  return Buffer.concat([Buffer.from(columns.join("")), body]);
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** For the shell to evaluate; everything that comes from outside is quoted. */
function commandsOf({ variables = {}, published = [] }: ShellAnswer): string {
  const assignments = Object.entries(variables).map(([name, value]) => {
    if (!VARIABLE.test(name)) throw new Error(`not a variable's name: ${JSON.stringify(name)}`);
    return value === undefined ? `unset ${name}` : `${name}=${quoted(value)}`;
  });
  const publications = published.map((words) => ["ttm_publish", ...words.map(quoted)].join(" "));
  return [...assignments, ...publications].map((command) => `${command}\n`).join("");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
