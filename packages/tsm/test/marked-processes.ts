import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isAlive, type Platform } from "../src/platform/platform.ts";
import { linuxPlatform } from "../src/platform/linux.ts";

const platform: Platform = linuxPlatform();

/** Whether a pid is a process that runs; zombies do not. */
export function runs(pid: number): boolean {
  const entry = platform.process(pid);
  return entry !== undefined && isAlive(platform, entry);
}

/** The processes that run exactly this command for a service of this name's folder. */
export function copiesOf(folder: string, command: string): readonly number[] {
  const cookies = cookiesIn(folder);
  return platform
    .processes()
    .filter(({ pid, state }) => state !== "zombie" && platform.command(pid) === command)
    .filter((entry) => cookies.has(platform.environmentValue(entry, "TETRA_TSM_COOKIE") ?? "none"))
    .map(({ pid }) => pid);
}

const seenCookies = new Map<string, Set<string>>();

/** Every cookie that was ever written in this folder, as far as we looked. */
function cookiesIn(folder: string): ReadonlySet<string> {
  const seen = seenCookies.get(folder) ?? new Set<string>();
  seenCookies.set(folder, seen);
  const processes = `${folder}/runtime/processes`;
  for (const name of readdirSync(processes)) {
    if (name.startsWith(".")) continue;
    const journal = `${processes}/${name}/runs/journal`;
    if (!existsSync(journal)) continue;
    for (const [, cookie = ""] of readFileSync(journal, "utf8").matchAll(/"cookie":"([^"]+)"/g)) {
      seen.add(cookie);
    }
  }
  return seen;
}
