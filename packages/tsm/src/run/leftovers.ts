import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import { readRun } from "../files/journal.ts";
import { servicePaths } from "../files/layout.ts";
import type { Meta } from "../files/meta.ts";
import type { ProcessId } from "../platform/platform.ts";
import { observe } from "./observe.ts";
import type { Parts } from "./parts.ts";
import { named } from "./port-holder.ts";
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
  const { shim, main } = isThisBoot ? readRun(parts.fs, journal, generation) : {};
  return { shim, main, cookie, carriers: isThisBoot };
}

/** The processes of the last run that live, whether or not its command does. */
export function livingProcesses(parts: Parts, meta: Meta): readonly ProcessId[] {
  const seed = seedOf(parts, meta);
  const isNothing = seed.main === undefined && !seed.carriers;
  return isNothing ? [] : findTree(parts.platform, seed);
}

/** @throws TetraError `LEFTOVERS` when processes of the last run live on. */
export function checkNothingLeft(parts: Parts, meta: Meta): void {
  const left = livingProcesses(parts, meta);
  if (left.length === 0) return;
  const { name } = meta;
  const processes = named(parts.platform, left);
  const list = processes.map(({ pid, command }) => `${pid} (${command})`).join(", ");
  throw new TetraError<TsmErrorCode>(
    "LEFTOVERS",
    `${name}: it has ended, but what it started lives on: ${list}`,
    { hint: "stop or restart it, which ends those too", details: { name, processes } },
  );
}
