import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import type { App } from "../app.ts";

/**
 * Sees to it that somebody looks after the services, without waiting for it. That it cannot be started is
 * told, but is no failure: services run without it.
 */
export async function wakeDaemon(
  app: App,
  { isWanted }: { readonly isWanted: boolean },
): Promise<void> {
  const { TETRA_NO_DAEMON: never = "" } = app.env;
  if (!isWanted || (never !== "" && never !== "0")) return;
  const tetradPath = findTetrad(app);
  if (tetradPath === undefined) {
    app.err.print("tsm: tetrad is not installed: nothing restarts services or rotates their logs");
    return;
  }
  const { ensureDaemon } = await import("@tetra/tsm/supervisor");
  ensureDaemon(app.places().folder, { tetradPath });
}

/** The daemon's program: the package beside this one, else what PATH has. */
export function findTetrad({ program, env }: Pick<App, "program" | "env">): string | undefined {
  const { PATH: path = "" } = env;
  const candidates = [
    ...installed(program),
    join(dirname(program), "../../tetrad/dist/tetrad.cjs"),
    ...path.split(delimiter).map((folder) => join(folder, "tetrad")),
  ];
  return candidates.find((candidate) => existsSync(candidate));
}

function installed(program: string): readonly string[] {
  try {
    const manifest = createRequire(program).resolve("@tetra/tetrad/package.json");
    return [join(dirname(manifest), "dist/tetrad.cjs")];
  } catch {
    return []; // not installed as a package of its own
  }
}
