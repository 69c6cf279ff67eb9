import { countFrom } from "../files/lenient.ts";
import type { Platform } from "../platform/platform.ts";
import { portFrom } from "./port-number.ts";
import { type PortStore, textOf } from "./port-store.ts";

/** A line of `port_allocations.txt`: `port|name|pid|time`. Somebody was given a port and is about to use it. */
export interface PortAllocation {
  readonly port: number;
  readonly name: string;
  /** Who asked; the port is theirs while they live. */
  readonly pid: number;
  /** Unix seconds. */
  readonly atS: number;
}

/** Reads the file; lines that are none of these are left out: nothing depends on them. */
export function parseAllocations(text: string): readonly PortAllocation[] {
  return text.split("\n").flatMap((line): readonly PortAllocation[] => {
    const fields = line.split("|");
    const port = portFrom(fields[0]);
    const pid = countFrom(fields.at(-2));
    const atS = countFrom(fields.at(-1));
    if (fields.length < 4 || port === undefined || pid === undefined || atS === undefined)
      return [];
    return [{ port, name: fields.slice(1, -2).join("|"), pid, atS }];
  });
}

/** The file's text. */
export function formatAllocations(allocations: readonly PortAllocation[]): string {
  return allocations.map(({ port, name, pid, atS }) => `${port}|${name}|${pid}|${atS}\n`).join("");
}

/** Between the note and the start times of the platform lies rounding. */
const ROUNDING_S = 2;

/** Whether the one who asked still lives: a process with that pid which is not younger than the note. */
export function isHeld({ pid, atS }: PortAllocation, platform: Platform): boolean {
  const process = platform.process(pid);
  if (process === undefined || process.state === "zombie") return false;
  return platform.startedAtMs(process) <= (atS + ROUNDING_S) * 1000;
}

/** The ports that are held at this moment. */
export function heldPorts(
  { fs, allocations }: PortStore,
  platform: Platform,
): readonly PortAllocation[] {
  return parseAllocations(textOf(fs, allocations)).filter((one) => isHeld(one, platform));
}
