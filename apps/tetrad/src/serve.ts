import { writeSync } from "node:fs";
import { isTetraError } from "@tetra/errors";
import { runDaemon } from "@tetra/tsm/supervisor";
import manifest from "../package.json" with { type: "json" };
import { startEnabled } from "./start-enabled.ts";
import { dataRoot } from "./data-root.ts";
import { gatewayKeeper } from "./http/gateway-keeper.ts";

/** How the daemon was asked for. */
export interface Serving {
  /** Somebody needed it, as opposed to a boot or a person. */
  readonly isOnDemand: boolean;
}

const END_SIGNALS: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT", "SIGHUP"];

/** Is the daemon, until somebody ends it; and then ends the process. */
export async function serve(host: NodeJS.Process, { isOnDemand }: Serving): Promise<never> {
  const say = (text: string): void => {
    const line = `${new Date().toISOString()} ${text}\n`;
    try {
      writeSync(1, line);
    } catch {
      // a full disk, a terminal that is gone: there is nobody to tell, and services matter more
    }
  };
  try {
    const tetraDir = dataRoot(host.env, host.cwd());
    const program = host.argv[1] ?? "";
    const daemon = await runDaemon({
      tetraDir,
      version: manifest.version,
      isOnDemand,
      startEnabled: () => startEnabled({ tetraDir, program, say }),
      extend: (root, socket) => gatewayKeeper({ tetraDir: root, socket, program, say }),
      say,
    });
    if (daemon === undefined) {
      if (!isOnDemand) say(`tetrad: another one looks after ${tetraDir}`);
      return host.exit(isOnDemand ? 0 : 1);
    }
    for (const signal of END_SIGNALS) host.on(signal, () => void daemon.stop());
    say(`tetrad ${manifest.version} looks after ${tetraDir} (pid ${host.pid})`);
    await daemon.ended;
    say("tetrad has ended; services were not touched");
    return host.exit(0);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    say(`tetrad: ${words}`);
    if (isTetraError(error) && error.hint !== undefined) say(`tetrad: ${error.hint}`);
    if (!isTetraError(error) && error instanceof Error) say(error.stack ?? "");
    return host.exit(1);
  }
}
