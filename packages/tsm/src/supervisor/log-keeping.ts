import { DEFAULT_LOG_POLICY } from "../care/service-care.ts";
import { isOver } from "./attend.ts";
import { type DiskRoom, wordsOfRoom } from "../logs/disk-room.ts";
import type { LogKeeper } from "./ports.ts";
import { type Carer, type Round, type Seen, type Ward, wordsOf } from "./ward.ts";

const CAP_MS = 600_000;
/** After a start, services write most. */
const FIRST_MS = 5000;

/** Rotates logs: at one time for all services, and one after the other, since it costs the disk. */
export function logKeeping(round: Round, logs: LogKeeper): Carer {
  const { times, ports } = round;
  const { alarm, complain } = ports;
  const kept = new Set<Ward>();
  /** Services that came into our care: a rotation of theirs may have been broken off. */
  const adopted = new Set<Ward>();
  const known = new WeakMap<Ward, Seen>();
  let isBusy = false;
  let capAtMs = -Infinity;

  function keepLater(ms: number): void {
    if (isBusy || kept.size + adopted.size === 0) return;
    times.set("logs", ms, () => round.track(keepAll()));
  }

  async function keepAll(): Promise<void> {
    isBusy = true;
    for (const ward of adopted) {
      adopted.delete(ward);
      await tried(ward, () => logs.recover(ward.name));
    }
    for (const ward of kept) {
      const { name, seen } = ward;
      await tried(ward, () => logs.rotateIfDue(name, seen?.care.logs ?? DEFAULT_LOG_POLICY));
      // what it wrote last was looked at
      if (seen?.state !== "online") kept.delete(ward);
    }
    isBusy = false;
    cap();
    keepLater(logs.nextLookMs());
  }

  async function tried(ward: Ward, act: () => Promise<unknown>): Promise<void> {
    if (!round.isOurs(ward)) return;
    try {
      await act();
    } catch (error) {
      complain(`${ward.name}: its logs could not be rotated: ${wordsOf(error)}`);
    }
  }

  function cap(): void {
    if (alarm.up() < capAtMs) return;
    capAtMs = alarm.up() + CAP_MS;
    try {
      warn(logs.capTotal().disk);
    } catch (error) {
      complain(`the logs of all services: ${wordsOf(error)}`);
    }
  }

  /** Once, until there is room again. */
  function warn(disk: DiskRoom): void {
    const { isLow, freeBytes: free_bytes, totalBytes: total_bytes } = disk;
    if (!isLow) round.warnings.end("disk");
    else if (round.warnings.begin("disk", `the disk of the logs: ${wordsOfRoom(disk)}`)) {
      round.note({ event: "low_disk", free_bytes, total_bytes });
    }
  }

  return {
    arrange(ward, seen) {
      const before = known.get(ward);
      known.set(ward, seen);
      if (before === undefined) adopted.add(ward);
      // later: one that is started again at once is not kept waiting for this
      else if (!isOver(before) && isOver(seen)) {
        ports.later(() => logs.noteOffsets(ward.name, "exit"));
      }
      if (seen.state === "online") kept.add(ward);
      if (!times.has("logs")) keepLater(FIRST_MS);
    },
    release(ward) {
      kept.delete(ward);
      adopted.delete(ward);
    },
  };
}
