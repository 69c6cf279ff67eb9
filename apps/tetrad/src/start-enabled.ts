import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/** What starting what is enabled takes. */
export interface Enabled {
  readonly tetraDir: string;
  /** This program's own path. */
  readonly program: string;
  readonly say: (text: string) => void;
}

/** Where `tsm` is beside this program: installed from npm, and in a checkout. */
const BESIDE = ["../../tsm-cli/dist/tsm.cjs", "../../tsm/dist/tsm.cjs"];

/**
 * Starts what is enabled, by `tsm startup`: definitions, env files and launching are much code, which the
 * daemon would carry for ever.
 */
export async function startEnabled({ tetraDir, program, say }: Enabled): Promise<void> {
  const folder = dirname(realpathSync(program));
  const beside = BESIDE.map((path) => join(folder, path)).find((path) => existsSync(path));
  const [command, args] = beside === undefined ? ["tsm", []] : [process.execPath, [beside]];
  const env = { ...process.env, TETRA_DIR: tetraDir, TETRA_NO_DAEMON: "1" };
  const child = spawn(command, [...args, "startup"], { env, stdio: ["ignore", 1, 2] });
  const [how] = await Promise.race([once(child, "exit"), once(child, "error")]);
  if (how !== 0) say(`tsm startup: ${how instanceof Error ? how.message : `ended with ${how}`}`);
}
