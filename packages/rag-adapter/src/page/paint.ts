/** What a text on a page can be. */
export type Tone = "title" | "dim" | "good" | "warn" | "bad" | "accent";

/** Gives a text its colour. */
export type Paint = (text: string, tone: Tone) => string;

/** No colours at all. */
export const PLAIN: Paint = (text) => text;

const RESET = "\u001B[0m";

/** The variables that may hold a tone's colour, best first, and what it is without them. */
const TONES: Readonly<Record<Tone, { names: readonly string[]; code: string }>> = {
  title: { names: ["TC_BOLD"], code: "\u001B[1m" },
  dim: { names: ["TC_DIM", "TC_GRAY", "TC_GREY"], code: "\u001B[2m" },
  good: { names: ["TC_SUCCESS", "TC_GREEN"], code: "\u001B[32m" },
  warn: { names: ["TC_WARNING", "TC_YELLOW"], code: "\u001B[33m" },
  bad: { names: ["TC_ERROR", "TC_RED"], code: "\u001B[31m" },
  accent: { names: ["TC_INFO", "TC_CYAN"], code: "\u001B[36m" },
};

/**
 * The colours of an environment: always on, as the original's, unless `NO_COLOR` is set and not empty.
 * `TC_BOLD`, `TC_DIM`, `TC_GREEN`, `TC_YELLOW`, `TC_RED`, `TC_CYAN` and `TC_RESET` replace the usual codes; one
 * that is set but empty takes that colour away.
 */
export function paintOf(env: Readonly<Record<string, string | undefined>>): Paint {
  if ((env["NO_COLOR"] ?? "") !== "") return PLAIN;
  const reset = colourIn(env["TC_RESET"] ?? env["TC_NC"]) || RESET;
  return (text, tone) => {
    const { names, code } = TONES[tone];
    const chosen = names.map((name) => colourIn(env[name])).find((value) => value !== undefined);
    const start = chosen ?? code;
    return start === "" || text === "" ? text : `${start}${text}${reset}`;
  };
}

/** A colour as a variable holds it: the character itself, or `\033`, `\e`, `\x1b`. Anything else is not taken. */
function colourIn(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const read = value.replaceAll(/\\(?:0?33|e|x1[bB])/g, "\u001B");
  // oxlint-disable-next-line eslint/no-control-regex -- colours begin with this character
  return /^(?:\u001B\[[0-9;]*m)*$/.test(read) ? read : undefined;
}
