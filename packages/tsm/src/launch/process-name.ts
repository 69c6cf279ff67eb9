import { basename, join } from "node:path/posix";
import type { LaunchHost } from "./launch-host.ts";
import { interpreterType, moduleOf, scriptOf } from "./process-type.ts";

/** What a name can be made of. */
export interface NameClues {
  /** `--name`. */
  readonly option: string | undefined;
  /** `NAME`, or `TETRA_NAME`, of the env file. */
  readonly envFile: string | undefined;
  readonly words: readonly string[];
  /** The folder it runs in; absolute. */
  readonly folder: string;
}

/** What a name begins with. */
export interface NameBase {
  readonly base: string;
  /** Whether somebody gave the name: then the same name is the same service. */
  readonly isGiven: boolean;
}

/** The longest base: there must be room for a port, and for `.pid`, in a file's name. */
const MOST_BYTES = 180;
const EPOCH = /^-[0-9]{9,}$/;

/**
 * What the name begins with: what was asked for, what the env file says, the `name` of `package.json`,
 * folder and module for `python -m`, folder and file for node and python, else the program's.
 */
export function nameBase(host: LaunchHost, clues: NameClues): NameBase {
  const { option, envFile, words, folder } = clues;
  if (option !== undefined) return { base: option, isGiven: true };
  if (envFile !== undefined) return { base: cleanName(envFile), isGiven: true };
  return { base: cleanName(foundBase(host, words, folder)), isGiven: false };
}

function foundBase(host: LaunchHost, words: readonly string[], folder: string): string {
  const [program = ""] = words;
  const project = packageName(host.readText(join(folder, "package.json")));
  if (project !== undefined) return project;

  const [module] = moduleOf(words)?.split(".") ?? [];
  if (module !== undefined && module !== "") return `${basename(folder)}-${module}`;

  const script = scriptOf(words);
  const type = interpreterType(program);
  const isCode = script !== undefined && (type === "node" || type === "python");
  if (isCode || /\.(js|py)$/.test(program)) {
    return `${basename(folder)}-${basename(script ?? program).replace(/\.(js|py)$/, "")}`;
  }
  return basename(program).replace(/\.sh$/, "");
}

function packageName(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const read: unknown = JSON.parse(text);
    const isNamed = typeof read === "object" && read !== null && "name" in read;
    return isNamed && typeof read.name === "string" && read.name !== "" ? read.name : undefined;
  } catch {
    // not ours to judge: it is only asked for a name
    return undefined;
  }
}

/** A text as a part of a folder's name: `@scope/name` becomes `scope-name`. */
export function cleanName(text: string): string {
  const clean = text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "")
    .replaceAll(/[\s/\\]+/gu, "-")
    .replace(/^[@.-]+/, "")
    .replace(/-+$/, "");
  return clean === "" ? "service" : shortened(clean);
}

function shortened(text: string): string {
  const letters = Array.from(text);
  while (Buffer.byteLength(letters.join("")) > MOST_BYTES) letters.pop();
  return letters.join("");
}

/**
 * `<base>-<port>`, or without a port `<base>-<epoch seconds>`. A given base that a service without a port
 * has already means that service; else a second is taken that no service has.
 */
export function processName(
  { base, isGiven }: NameBase,
  port: number | undefined,
  { nowMs, existing }: { readonly nowMs: number; readonly existing: readonly string[] },
): string {
  if (port !== undefined) return base.endsWith(`-${port}`) ? base : `${base}-${port}`;
  const known = existing.findLast(
    (name) => name.startsWith(base) && EPOCH.test(name.slice(base.length)),
  );
  if (isGiven && known !== undefined) return known;
  let seconds = Math.floor(nowMs / 1000);
  while (existing.includes(`${base}-${seconds}`)) seconds += 1;
  return `${base}-${seconds}`;
}
