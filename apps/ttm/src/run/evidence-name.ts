import { basename } from "node:path";

/** What to call a file given with `--ctx`: its name up to the first dot, as its suffix is kept. */
export function evidenceDescription(path: string): string {
  const name = basename(path);
  const dot = name.indexOf(".", 1);
  return dot === -1 ? name : name.slice(0, dot);
}
