import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Meta } from "../files/meta.ts";
import type { ServiceEnvironment } from "../files/store.ts";
import type { LogFiles } from "./log-files.ts";
import { runAs } from "./run-as.ts";
import { COOKIE, SHIM } from "./shim.ts";
import { shimCommand } from "./shim-command.ts";

/** What a shim is given. The descriptors stay the caller's. */
export interface ShimInput {
  /** The run, by its generation, boot and cookie; the command, and where it runs. */
  readonly meta: Meta;
  readonly environment: ServiceEnvironment;
  readonly files: LogFiles;
  /** The path of the pipe that it is to hold. */
  readonly alive: string;
  /** The service's lock. */
  readonly lock: number;
}

/** For those that were started before it was kept. */
const COMMON_UMASK = "0022";

/**
 * Spawns the shim, in a session of its own, and lets go of it: this process may end at any time.
 * Throws what spawning throws (`E2BIG`, `EAGAIN`, `ENOMEM` …).
 */
export async function spawnShim(
  shell: string,
  { meta, environment, files, alive, lock }: ShimInput,
): Promise<ChildProcess> {
  const { name, generation, boot_id: bootId, cookie, argv, cwd, prehook, care } = meta;
  const plain = shimCommand({ argv, environment, prehook, runAs: runAs(name, care.user) });
  const run = [String(generation), bootId, meta.umask ?? COMMON_UMASK, alive];
  const { out, err, journal, wrapper } = files;
  const shim = spawn(shell, ["-c", SHIM, "tsm-shim", ...run, ...plain.argv], {
    cwd,
    env: { ...plain.environment, [COOKIE]: cookie },
    detached: true,
    stdio: ["ignore", out, err, lock, journal, ...(wrapper === undefined ? [] : [wrapper])],
  });
  await once(shim, "spawn"); // rejects with what is emitted as "error"
  shim.unref();
  return shim;
}
