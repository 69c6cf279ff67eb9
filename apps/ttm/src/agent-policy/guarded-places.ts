import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";

/** The kernel takes no longer paths. */
export const LONGEST_PATH = 4096;

/** Where a path leads when all symbolic links are followed; the part that is not there is left as it is. */
export function realPath(path: string): string {
  const missing: string[] = [];
  for (let at = resolve(path); ; at = dirname(at)) {
    const real = realOf(at);
    if (real !== undefined) return join(real, ...missing);
    missing.unshift(basename(at));
  }
}

/** Whether a path is a folder, or below it. Both are absolute, without links. */
export function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/**
 * The first of the guarded places that an argument leads into, as far as that can be told: the argument
 * itself taken for a path, or what stands behind `=`, `:`, `,` or `@` in it, or behind the letter of an
 * option.
 */
export function guardedIn(
  arg: string,
  { cwd, guarded }: { readonly cwd: string; readonly guarded: readonly string[] },
): string | undefined {
  const places = guarded.map(realPath);
  for (const path of pathsIn(arg)) {
    const real = realPath(resolve(cwd, path));
    const place = places.find((each) => isWithin(each, real));
    if (place !== undefined) return place;
  }
  return undefined;
}

function pathsIn(arg: string): readonly string[] {
  const inside = arg.split(/[=:,@]/u).slice(1);
  const option = /^--?[^/=]*(?<path>\/.*)$/u.exec(arg)?.groups?.["path"];
  const paths = [arg, ...inside, ...behindLetters(arg), ...(option === undefined ? [] : [option])];
  return paths.filter((path) => path !== "" && !path.includes("\0") && path.length <= LONGEST_PATH);
}

/** So many letters of options may stand together: `-rtFOLDER`. */
const MOST_LETTERS = 8;

function behindLetters(arg: string): readonly string[] {
  const [letters = ""] = /^-[A-Za-z0-9]+/u.exec(arg) ?? [];
  const most = Math.min(letters.length, MOST_LETTERS + 1);
  return Array.from({ length: Math.max(0, most - 1) }, (_, at) => arg.slice(at + 2));
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return path === dirname(path) ? path : undefined;
  }
}
