import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import type { App } from "../app.ts";

/**
 * Sees to it that somebody looks after the services, without waiting for it. That it cannot be started,
 * whatever the reason, is told, but is no failure: what was started runs without it.
 */
export async function wakeDaemon(
  app: App,
  { isWanted }: { readonly isWanted: boolean },
): Promise<void> {
  const { TETRA_NO_DAEMON: never = "" } = app.env;
  if (!isWanted || (never !== "" && never !== "0")) return;
  try {
    const { ensureDaemon, hasDaemon } = await import("@tetra/tsm/supervisor");
    const { folder } = app.places();
    if (hasDaemon(folder)) return; // finding its program takes longer than all the rest
    const tetradPath = findTetrad(app);
    if (tetradPath === undefined) notLookedAfter(app, "tetrad is not installed");
    else ensureDaemon(folder, { tetradPath });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    notLookedAfter(app, `tetrad could not be started (${why})`);
  }
}

function notLookedAfter({ err }: App, why: string): void {
  err.print(`tsm: ${why}: nothing restarts services or rotates their logs`);
}

/** The daemon's program: the package beside this one, else what PATH has. */
export function findTetrad({ program, env }: Pick<App, "program" | "env">): string | undefined {
  const { PATH: path = "" } = env;
  const beside = [
    ...installed(program),
    join(dirname(program), "../../tetrad/dist/tetrad.cjs"),
  ].find((candidate) => existsSync(candidate));
  return beside ?? tetradOn(path);
}

/** The first `tetrad` on a `PATH` that Node can run. */
export function tetradOn(path: string): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, "tetrad"))
    .find((candidate) => isForNode(candidate));
}

/** Programs are installed as links to what Node runs, or as shell scripts, which it cannot. */
function isForNode(path: string): boolean {
  try {
    return /^#!.*\bnode\b/.test(readFileSync(path, "utf8").slice(0, MOST_OF_A_SHEBANG));
  } catch {
    return false; // not there, not ours to read, or a folder
  }
}

const MOST_OF_A_SHEBANG = 128;

function installed(program: string): readonly string[] {
  try {
    const manifest = createRequire(program).resolve("@tetra/tetrad/package.json");
    return [join(dirname(manifest), "dist/tetrad.cjs")];
  } catch {
    return []; // not installed as a package of its own
  }
}
