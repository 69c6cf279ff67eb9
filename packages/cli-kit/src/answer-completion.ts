import type { Arguments, CommandLine } from "./command.ts";
import { type Candidate, complete, fitting, formatOffer } from "./complete.ts";
import { FILES_MARK } from "./completion-script.ts";
import type { Output } from "./output.ts";
import { parseCommandLine } from "./parse-command-line.ts";

/** What stands on the command line that is being written. */
export interface Written {
  /** The half-written word. */
  readonly current: string;
  /** The words before it. */
  readonly before: readonly string[];
}

/** Finds what could stand in a place; what does not begin as the word does is left out anyway. */
export type Topic<App> = (app: App, written: Written) => Promise<readonly Candidate[]>;

/** By the name that a {@link Completion} of type `ask` gives. `commands` is known without. */
export type Topics<App> = Readonly<Record<string, Topic<App>>>;

/** What could stand in a place: files, or words that begin as the half-written one does. */
export type Completed = "files" | readonly Candidate[];

/** What finding out takes. */
export interface CompletionParts<App> {
  readonly commandLine: CommandLine<App>;
  readonly topics: () => Promise<Topics<App>>;
  /** `given` has the values of the program's own options. */
  readonly appOf: (given: Arguments | undefined) => App;
}

/**
 * Answers a shell that asks what the last of the words could become. Says nothing of errors: they
 * would land in the line that is being written.
 * @returns the exit status.
 */
export async function answerCompletion<App>(
  words: readonly string[],
  { out, ...parts }: CompletionParts<App> & { readonly out: Pick<Output, "data"> },
): Promise<number> {
  try {
    const found = await completedWords(words, parts);
    out.data(found === "files" ? `${FILES_MARK}\n` : formatOffer(found));
    return 0;
  } catch {
    return 1; // no data root, a broken file: nothing to offer
  }
}

/** What the last of the words could become. @throws whatever the topic does: there may be no data root */
export async function completedWords<App>(
  words: readonly string[],
  { commandLine, topics, appOf }: CompletionParts<App>,
): Promise<Completed> {
  const offer = complete(commandLine, words);
  const current = words.at(-1) ?? "";
  if (offer.type === "files") return "files";
  if (offer.type === "candidates") return fitting(offer.candidates, current);
  const { prefix = "" } = offer;
  const written = { current: current.slice(prefix.length), before: words.slice(0, -1) };
  const known: Topics<App> = { commands: () => commandsOf(commandLine), ...(await topics()) };
  const topic = Object.hasOwn(known, offer.topic) ? known[offer.topic] : undefined;
  const app = appOf(globalsOf(commandLine, offer.globals));
  const found = (await topic?.(app, written)) ?? [];
  const whole = found.map(({ value, summary = "" }) => ({ value: prefix + value, summary }));
  return fitting(whole, current);
}

function globalsOf<App>(
  commandLine: CommandLine<App>,
  globals: readonly string[],
): Arguments | undefined {
  const request = parseCommandLine(commandLine, [...globals, "version"]);
  return request.type === "run" ? request.args : undefined;
}

async function commandsOf(commandLine: CommandLine<never>): Promise<readonly Candidate[]> {
  const offer = complete(commandLine, [""]);
  return offer.type === "candidates" ? offer.candidates : [];
}
