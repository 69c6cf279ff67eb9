/** What a slash command does that is no command of `tsm`. */
export type SlashAct = "help" | "last" | "ps" | "disk" | "history" | "clear";

/** A slash command: a short way to a command, or something of the repl itself. */
export interface SlashCommand {
  readonly name: string;
  readonly summary: string;
  readonly does:
    | { readonly type: "act"; readonly act: SlashAct }
    /** The words of `tsm`; what follows the slash command is put behind. */
    | { readonly type: "words"; readonly words: readonly string[] };
}

function words(name: string, summary: string, ...front: readonly string[]): SlashCommand {
  return { name, summary, does: { type: "words", words: front } };
}

function act(name: SlashAct, summary: string): SlashCommand {
  return { name, summary, does: { type: "act", act: name } };
}

/** The slash commands of the reference. */
export const SLASH_COMMANDS: readonly SlashCommand[] = [
  act("help", "what can be typed here"),
  words("list", "services", "list"),
  words("ls", "services", "list"),
  words("kill", "kill services", "kill"),
  act("last", "the last line again"),
  act("ps", "the processes of services, as ps sees them"),
  act("disk", "how full the disk of the data root is"),
  words("mem", "services by memory", "list", "--sort", "memory", "--reverse"),
  words("env", "the environment of a service", "env"),
  words("orphans", "servers that are no services", "doctor", "orphans"),
  words("clean", "remove stale tracking", "doctor", "clean"),
  words("validate", "check a command before it is started", "doctor", "validate"),
  words("doctor", "look at everything", "doctor"),
  words("json", "a command's answer as JSON", "--json"),
  words("tview", "data for tview", "tview"),
  words("sessions", "sessions of the users of services", "sessions"),
  act("history", "lines typed so far"),
  act("clear", "clear the screen"),
  words("reload", "replace instances without a gap", "reload"),
  words("tsm-help", "help about tsm, or one of its commands", "help"),
];

/** The words of `tsm` that a slash command means, with what was typed behind it. */
export function slashWords(front: readonly string[], typed: readonly string[]): readonly string[] {
  // without a command, the services
  const isBareJson = front[0] === "--json" && typed.length === 0;
  return [...front, ...(isBareJson ? ["list"] : typed)];
}
