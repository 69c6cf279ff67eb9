import type { FileLock } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import type { Meta } from "../files/meta.ts";
import {
  readEnvironment,
  requireMeta,
  type ServiceEnvironment,
  writeEnvironment,
} from "../files/store.ts";
import { isTetraError } from "@tetra/errors";
import { commandVector } from "./command-vector.ts";
import type { Parts } from "./parts.ts";
import { run, type Started, writeWithId } from "./start.ts";
import { stop, type StopOptions } from "./stop.ts";

/**
 * Stops what runs, if anything does.
 * @throws TetraError `SURVIVORS` when something lives on.
 */
export async function stopWholly(parts: Parts, meta: Meta, options: StopOptions): Promise<void> {
  try {
    const { survivors } = await stop(parts, meta, options);
    if (survivors.length === 0) return;
    const { name } = meta;
    const list = survivors.map(({ pid, command }) => `${pid} (${command})`).join(", ");
    throw new TetraError<TsmErrorCode>("SURVIVORS", `${name}: could not be ended: ${list}`, {
      hint: "end them by hand: they are another user's, or the kernel does not let them go",
      details: { name, survivors },
    });
  } catch (error) {
    if (!isTetraError(error, "NOT_RUNNING")) throw error;
  }
}

/** Which service to start again, and with what. */
export interface Again {
  readonly name: string;
  /** Instead of the one that was kept. */
  readonly environment: ServiceEnvironment | undefined;
}

/**
 * Starts a service as it was started before; the caller holds the lock and has seen that nothing runs.
 * @throws TetraError `INVALID_SERVICE` when another tool started it and no environment is given.
 */
export async function startAgain(
  parts: Parts,
  lock: FileLock,
  { name, environment: given }: Again,
): Promise<Started> {
  const before = requireMeta(parts, name);
  const environment = given ?? readEnvironment(parts, name);
  if (environment === undefined) {
    throw new TetraError<TsmErrorCode>(
      "INVALID_SERVICE",
      `${name}: another tool started it, and its environment is not known`,
      { hint: "start it with its command, or restart it with an environment", details: { name } },
    );
  }
  if (given !== undefined) writeEnvironment(parts, name, given);
  const argv = before.argv.length === 0 ? commandVector(before.command) : before.argv;
  const next = { ...before, argv, restarts: before.restarts + 1 };
  const meta = before.tsm_id === undefined ? await writeWithId(parts, next) : next;
  return run(parts, lock, { meta, environment });
}
