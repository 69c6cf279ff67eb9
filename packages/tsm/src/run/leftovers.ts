import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import { appendHistory } from "../files/history.ts";
import { readRun } from "../files/journal.ts";
import { servicePaths } from "../files/layout.ts";
import type { Meta } from "../files/meta.ts";
import type { ProcessId } from "../platform/platform.ts";
import { endTree } from "./end-tree.ts";
import { observe } from "./observe.ts";
import type { Parts } from "./parts.ts";
import { named, type NamedProcess } from "./port-holder.ts";
import { findTree, type TreeSeed } from "./tree.ts";

/** What to look for when the processes of the last run are wanted. */
export function seedOf(parts: Parts, meta: Meta): Omit<TreeSeed, "seen"> {
  const { generation, boot_id: bootId, cookie, name } = meta;
  if (generation === 0) {
    const { main } = observe(parts, meta);
    return { shim: undefined, main, cookie: "", carriers: false };
  }
  const isThisBoot = bootId === parts.platform.bootId();
  const { journal } = servicePaths(parts.layout, name);
  const { shim, main } = isThisBoot ? readRun(parts.fs, journal, { generation, bootId }) : {};
  return { shim, main, cookie, carriers: isThisBoot };
}

/** The processes of the last run that live, whether or not its command does. */
export async function livingProcesses(parts: Parts, meta: Meta): Promise<readonly ProcessId[]> {
  const seed = seedOf(parts, meta);
  const isNothing = seed.main === undefined && !seed.carriers;
  return isNothing ? [] : findTree(parts.platform, await parts.scan(), seed);
}

/** @throws TetraError `LEFTOVERS` when processes of the last run live on. */
export async function checkNothingLeft(parts: Parts, meta: Meta): Promise<void> {
  const left = await livingProcesses(parts, meta);
  if (left.length === 0) return;
  const { name } = meta;
  const processes = named(parts.platform, left);
  throw new TetraError<TsmErrorCode>(
    "LEFTOVERS",
    `${name}: it has ended, but what it started lives on: ${listed(processes)}`,
    { hint: "restart it, which ends those first, or stop it", details: { name, processes } },
  );
}

/**
 * Ends what a run that is over has left running, and says so in the history.
 * @returns what lives on all the same
 */
export async function endLeftovers(parts: Parts, meta: Meta): Promise<readonly ProcessId[]> {
  const found = await livingProcesses(parts, meta);
  if (found.length === 0) return [];
  const { platform, scan, clock } = parts;
  const { name, tsm_id: id, generation, stop_signal: signal, stop_timeout_ms: timeoutMs } = meta;
  const processes = named(platform, found);
  const seed = seedOf(parts, meta);
  const { survivors } = await endTree({ platform, scan, clock, seed, signal, timeoutMs, found });
  const entry = { event: "leftovers_ended", name, id, generation, processes } as const;
  const alive = survivors.length === 0 ? {} : { survivors: named(platform, survivors) };
  appendHistory(parts, { ...entry, ...alive });
  return survivors;
}

/** @throws TetraError `SURVIVORS` when there are any. */
export function checkNoSurvivors(
  { platform }: Pick<Parts, "platform">,
  name: string,
  left: readonly Pick<ProcessId, "pid">[],
): void {
  if (left.length === 0) return;
  const survivors = named(platform, left);
  throw new TetraError<TsmErrorCode>(
    "SURVIVORS",
    `${name}: could not be ended: ${listed(survivors)}`,
    {
      hint: "end them by hand: they are another user's, or the kernel does not let them go",
      details: { name, survivors },
    },
  );
}

/** So much of a command is told; all of it is in the details. */
const TOLD_COMMAND = 60;

function listed(processes: readonly NamedProcess[]): string {
  return processes.map(({ pid, command }) => `${pid} (${shortened(command)})`).join(", ");
}

/** A script given as an argument is pages long. */
function shortened(command: string): string {
  const [line = "", ...more] = command.split("\n");
  const isWhole = more.length === 0 && line.length <= TOLD_COMMAND;
  return isWhole ? line : `${line.slice(0, TOLD_COMMAND)}…`;
}
