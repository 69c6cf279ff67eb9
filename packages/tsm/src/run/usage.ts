import type { Platform } from "../platform/platform.ts";
import { findTree, type TreeSeed } from "./tree.ts";

/** What a service's whole tree has used at a moment. */
export interface UsageSample {
  readonly atMs: number;
  /** Processor time of what lives, with that of ended children. */
  readonly cpuMs: number;
  /** Resident memory; pages that several processes share count in each. */
  readonly memoryBytes: number;
  readonly processes: number;
}

/** Looks once. The shim is not counted. */
export function sampleUsage(
  platform: Platform,
  atMs: number,
  seed: Omit<TreeSeed, "carriers">,
): UsageSample {
  const tree = findTree(platform, platform.processes(), { ...seed, carriers: false });
  const used = tree.flatMap((entry) => platform.usage(entry) ?? []);
  return {
    atMs,
    cpuMs: used.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    memoryBytes: used.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    processes: used.length,
  };
}

/** Per cent of one processor between two looks; 0 when no time has passed or a part of the tree ended. */
export function cpuPercent(before: UsageSample, after: UsageSample): number {
  const ms = after.atMs - before.atMs;
  return ms <= 0 ? 0 : Math.max(0, (100 * (after.cpuMs - before.cpuMs)) / ms);
}
