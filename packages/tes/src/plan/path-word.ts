import type { LocatorLevel } from "../levels/locator-level.ts";
import { quoteForShell } from "./shell-quote.ts";

/**
 * A path as a word for the shell that runs at the place: always one with a slash, so that no program takes it for
 * an option. Elsewhere `~` and whatever is relative are below the home of whoever acts.
 */
export function pathWord({ handle, path: given }: LocatorLevel): string {
  // a slash at the end would make the folder of a path the path itself
  const path = given.replace(/(?<=.)\/+$/u, "");
  if (path.startsWith("/")) return quoteForShell(path);
  const { route } = handle.connector;
  if (route.type === "local" && route.actAs === undefined) return quoteForShell(`./${path}`);
  const below = path.replace(/^(?:~|\.)(?:\/+|$)/u, "");
  return below === "" ? '"${HOME:?}"' : `"\${HOME:?}"/${quoteForShell(below)}`;
}
