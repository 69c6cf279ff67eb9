/** What the shell can offer in place of an argument or an option's value. */
export type Completion =
  | { readonly type: "files" }
  | { readonly type: "words"; readonly words: readonly string[] }
  /** Whatever `<program> __complete <topic>` prints: one value per line, a tab, its description. */
  | { readonly type: "ask"; readonly topic: string };

/** An argument that has its meaning from its place. */
export interface Argument {
  readonly name: string;
  readonly required?: boolean;
  /** Whether it may be given several times; only the last can. */
  readonly repeats?: boolean;
  readonly complete?: Completion;
}

/** An option, `--name` or `-s`. */
export interface Option {
  readonly summary: string;
  readonly short?: string;
  /** How help calls the option's value. Absent: the option takes none. */
  readonly value?: string;
  /** Whether it may be given several times. */
  readonly repeats?: boolean;
  readonly complete?: Completion;
}

/** Options by their long name, without `--`. */
export type Options = Readonly<Record<string, Option>>;

/** What was given on the command line. Asking for an option that was not declared is a bug. */
export interface Arguments {
  /** The argument at this place, from 0; `undefined` when it is not there or empty. */
  at(place: number): string | undefined;
  /** The arguments from this place on. */
  rest(place: number): readonly string[];
  /** Whether the option without a value was given. */
  has(option: string): boolean;
  /** The value given last. */
  value(option: string): string | undefined;
  /** Every value given. */
  values(option: string): readonly string[];
  /** What stands behind `--`, for commands that run another. */
  readonly behind: readonly string[];
}

/** A subcommand: what help and completion need, and where its code is. */
export interface Command<App> {
  /** One word, or two with a space between for one of a family: `tes resolve`. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** The heading it stands under in the overview; without one it is not shown. */
  readonly group?: string;
  /** What it does, in a few words that begin with a verb. */
  readonly summary: string;
  readonly arguments?: readonly Argument[];
  /** How help calls the command line behind `--`. Absent: `--` only ends the options. */
  readonly behind?: string;
  /** Whether its options end where its arguments begin, or at `--`: what comes then is handed on as it is. */
  readonly optionsFirst?: boolean;
  readonly options?: Options;
  /** More about it, in lines. */
  readonly details?: readonly string[];
  /** Command lines to try, without the program's name. */
  readonly examples?: readonly string[];
  /** Its code, loaded when it is called and not before. */
  load(): Promise<{ readonly run: Run<App> }>;
}

/** Carries a subcommand out. @returns the exit status; nothing means 0. */
export type Run<App> = (args: Arguments, app: App) => Promise<number | void>;

/** A program with subcommands. */
export interface CommandLine<App> {
  readonly program: string;
  readonly summary: string;
  readonly commands: readonly Command<App>[];
  /** Names of the few that are shown when nothing was asked for. Absent: all. */
  readonly brief?: readonly string[];
  /** Options of every subcommand; they may also stand in front of it. */
  readonly options: Options;
  /** Further lines of the overview: environment, exit statuses. */
  readonly notes: readonly string[];
  readonly examples: readonly string[];
}

/** A subcommand as one writes it: `transition <stage> [id]`. */
export function usageOf({ name, arguments: all = [], behind }: Command<never>): string {
  const places = all.map(({ name: place, required, repeats }) => {
    const word = repeats === true ? `${place}...` : place;
    return required === true ? `<${word}>` : `[${word}]`;
  });
  return [name, ...places, ...(behind === undefined ? [] : ["--", behind])].join(" ");
}

/** Whether the word is the first of subcommands of two words. */
export function isFamily(
  { commands }: Pick<CommandLine<never>, "commands">,
  word: string,
): boolean {
  return commands.some(({ name }) => name.startsWith(`${word} `));
}

/** The subcommand of this name or alias. */
export function findCommand<App>(
  { commands }: Pick<CommandLine<App>, "commands">,
  name: string,
): Command<App> | undefined {
  return commands.find((command) => command.name === name || command.aliases?.includes(name));
}
