/** A command of a transcript and what it printed. */
export interface Exchange {
  /** What was typed, without the prompts. */
  readonly command: string;
  /** Lines that it printed. */
  readonly output: readonly string[];
  /** Line of the document at which the output begins, from 0. */
  readonly outputAt: number;
}

const OPENING = "```console";
const CLOSING = "```";
const PROMPT = "$ ";
const CONTINUATION = "> ";

/**
 * The commands in the `console` blocks of a Markdown document, in order. A command follows a `$ `; its
 * further lines, where it has some, follow a `> ` each.
 */
export function readTranscript(markdown: string): readonly Exchange[] {
  const exchanges: Exchange[] = [];
  let isInside = false;
  let current: { command: string; output: string[]; outputAt: number } | undefined;
  for (const [at, line] of markdown.split("\n").entries()) {
    if (!isInside) {
      isInside = line === OPENING;
    } else if (line === CLOSING) {
      isInside = false;
      current = undefined;
    } else if (line.startsWith(PROMPT)) {
      current = { command: line.slice(PROMPT.length), output: [], outputAt: at + 1 };
      exchanges.push(current);
    } else if (current?.output.length === 0 && line.startsWith(CONTINUATION)) {
      current.command += `\n${line.slice(CONTINUATION.length)}`;
      current.outputAt = at + 1;
    } else {
      current?.output.push(line);
    }
  }
  return exchanges;
}

/** The document with other outputs in the place of those it has, one for each command. */
export function replaceOutputs(
  markdown: string,
  exchanges: readonly Exchange[],
  outputs: readonly (readonly string[])[],
): string {
  const lines = markdown.split("\n");
  const last = exchanges.length - 1;
  for (let index = last; index >= 0; index -= 1) {
    const exchange = exchanges[index];
    const output = outputs[index];
    if (exchange === undefined || output === undefined) continue;
    lines.splice(exchange.outputAt, exchange.output.length, ...output);
  }
  return lines.join("\n");
}
