import { basename } from "node:path/posix";

/** What kind of program a service is, as `meta.json` has it. */
export type ProcessType = "python" | "node" | "bash" | "lua" | "go" | "command";

/** The programs of each type, by their whole names, and how its files end. */
const TYPES: readonly (readonly [type: ProcessType, program: RegExp, file: RegExp])[] = [
  ["python", /^python[0-9.]*$/, /\.py$/],
  ["node", /^node(js)?$/, /\.[cm]?js$/],
  ["bash", /^bash$/, /\.sh$/],
  ["lua", /^lua[0-9.]*$/, /\.lua$/],
  ["go", /^go$/, /\.go$/],
];

/** Options that have a value after them, so that it is not taken for the script. */
const WITH_VALUE: Readonly<Partial<Record<ProcessType, ReadonlySet<string>>>> = {
  node: new Set(["-r", "--require", "--import", "--loader", "--env-file", "-C", "--conditions"]),
  python: new Set(["-W", "-X"]),
  bash: new Set(["-o", "-O", "--rcfile", "--init-file"]),
};
/** Options after which there is no script: the program is on the command line, or a module. */
const INSTEAD: Readonly<Partial<Record<ProcessType, RegExp>>> = {
  node: /^(-e|-p|-pe|--eval|--print|--test)$/,
  python: /^-[a-zA-Z]*[cm]$/,
  bash: /^-[a-zA-Z]*c$/,
  lua: /^-e$/,
};

/** The type by the base name of the first word, else by an extension that any word ends in. */
export function detectType(words: readonly string[]): ProcessType {
  const [program = ""] = words;
  return (
    interpreterType(program) ??
    scriptType(program) ??
    words.map(scriptType).find(Boolean) ??
    "command"
  );
}

/** The type whose interpreter this word is. */
export function interpreterType(word: string): ProcessType | undefined {
  const name = basename(word);
  return TYPES.find(([, program]) => program.test(name))?.[0];
}

/** The type whose files end like this word. */
export function scriptType(word: string): ProcessType | undefined {
  return TYPES.find(([, , file]) => file.test(word))?.[0];
}

/** The script that is run, when it is the first word or the first argument of an interpreter. */
export function scriptOf(words: readonly string[]): string | undefined {
  const [program = "", ...others] = words;
  const type = interpreterType(program);
  if (type === undefined) return scriptType(program) === undefined ? undefined : program;
  let rest = type === "go" && others[0] === "run" ? others.slice(1) : others;
  for (;;) {
    const [word] = rest;
    if (word === undefined || INSTEAD[type]?.test(word) === true) return undefined;
    if (!word.startsWith("-")) return type === "go" && scriptType(word) !== "go" ? undefined : word;
    rest = rest.slice(WITH_VALUE[type]?.has(word) === true ? 2 : 1);
  }
}

/** The module of `python -m module`. */
export function moduleOf(words: readonly string[]): string | undefined {
  const [program = ""] = words;
  const at = interpreterType(program) === "python" ? words.indexOf("-m") : -1;
  return at === -1 ? undefined : words[at + 1];
}
