import { readdirSync } from "node:fs";
import { below, type BytePath, bytesOf } from "./byte-path.ts";
import { type Entry, look } from "./entry.ts";
import { pacer } from "./pacer.ts";

/**
 * Everything in a folder, itself first, a folder before what is in it. Links are not followed.
 * @param visit is called with each entry before a folder is read, and may open it.
 */
export async function walk(
  folder: BytePath,
  visit: (entry: Entry) => void = () => undefined,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  const pace = pacer();
  const todo: BytePath[] = [""];
  for (let path = todo.pop(); path !== undefined; path = todo.pop()) {
    await pace();
    const at = below(folder, path);
    const entry = look(at, path);
    if (entry === undefined) continue;
    visit(entry);
    entries.push(entry);
    if (entry.kind !== "folder") continue;
    const names = readdirSync(bytesOf(at), "latin1");
    todo.push(...names.map((name) => (path === "" ? name : `${path}/${name}`)));
  }
  return entries;
}
