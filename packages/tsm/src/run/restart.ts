import type { FileLock } from "@tetra/durable-fs";
import { isTetraError, TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import type { Meta } from "../files/meta.ts";
import { readEnvironment, readOrigin, type ServiceEnvironment, writeKept } from "../files/store.ts";
import type { Planned } from "./begin-run.ts";
import { commandVector } from "./command-vector.ts";
import { checkNoSurvivors } from "./leftovers.ts";
import { noteEnd } from "./note-end.ts";
import { observe } from "./observe.ts";
import type { Parts } from "./parts.ts";
import type { CheckedSpec } from "./service-spec.ts";
import { metaOf, run, type Started, writeDown } from "./start.ts";
import { stop, type StopMeaning, type StopOptions } from "./stop.ts";

/**
 * Stops what runs, if anything does, because another run or nothing at all follows.
 * @returns what is to be written of the service
 * @throws TetraError `SURVIVORS` when something lives on.
 */
export async function stopWholly(parts: Parts, meta: Meta, options: StopMeaning): Promise<Meta> {
  try {
    const result = await stop(parts, meta, options);
    checkNoSurvivors(parts, meta.name, result.stopped.survivors);
    return result.meta;
  } catch (error) {
    if (isTetraError(error, "NOT_RUNNING")) return meta;
    throw error;
  }
}

/** With what to start again, instead of what was kept. */
export interface Again {
  readonly environment?: ServiceEnvironment | undefined;
  readonly spec?: CheckedSpec | undefined;
  readonly by?: string | undefined;
}

/** Starts a service again, after stopping what runs. The caller holds the lock. */
export async function restart(
  parts: Parts,
  lock: FileLock,
  {
    meta,
    again,
    stopping,
  }: { readonly meta: Meta; readonly again: Again; readonly stopping: StopOptions },
): Promise<Started> {
  const planned = planAgain(parts, meta, again); // before anything is stopped
  const ended = await stopWholly(parts, meta, { ...stopping, forGood: false });
  const wanted = await prepareAgain(parts, ended, { ...planned, again });
  const event = "restarted";
  return run(parts, lock, { planned: wanted, event, by: again.by });
}

/** What the next run is made of: of what was kept, or of something new. */
export interface PlannedAgain {
  readonly environment: ServiceEnvironment;
  /** The service as it is to be written, from what is written when its last run is over. */
  readonly after: (ended: Meta) => Meta;
}

/** @throws TetraError `INVALID_SERVICE` when another tool started it and no environment is given. */
export function planAgain(
  parts: Parts,
  meta: Meta,
  { environment: given, spec }: Again,
): PlannedAgain {
  const { name } = meta;
  if (spec !== undefined) {
    const after = (ended: Meta): Meta => {
      const fresh = metaOf(spec, ended);
      const { umask = fresh.umask ?? "" } = ended;
      return { ...fresh, umask, desired: "online", restarts: ended.restarts + 1 };
    };
    return { environment: spec.environment, after };
  }
  const environment = given ?? readEnvironment(parts, name);
  if (environment === undefined) {
    throw new TetraError<TsmErrorCode>(
      "INVALID_SERVICE",
      `${name}: another tool started it, and its environment is not known`,
      { hint: "start it with its command, or restart it with an environment", details: { name } },
    );
  }
  const after = (ended: Meta): Meta => ({
    ...ended,
    desired: "online",
    argv: ended.argv.length === 0 ? commandVector(ended.command) : ended.argv,
    restarts: ended.restarts + 1,
  });
  return { environment, after };
}

/** Writes down what is to be run, and what is kept for it. */
async function prepareAgain(
  parts: Parts,
  ended: Meta,
  { environment, after, again }: PlannedAgain & { readonly again: Again },
): Promise<Planned> {
  const { name } = ended;
  const noted = noteEnd(parts, ended, observe(parts, ended, { holdsLock: true }));
  const origin = again.spec === undefined ? readOrigin(parts, name) : again.spec.origin;
  const [meta] = await Promise.all([
    writeDown(parts, after(noted)),
    writeKept(parts, name, { environment, origin }),
  ]);
  return { meta, environment };
}
