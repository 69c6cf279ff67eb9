import { DEFAULT_LOG_POLICY } from "../care/service-care.ts";
import type { LogKeeper } from "./ports.ts";
import { type Carer, type Round, type Ward, wordsOf } from "./ward.ts";

const CAP_MS = 600_000;
/** After a start, services write most. */
const FIRST_MS = 5000;

/** Rotates logs: at one time for all services, and one after the other, since it costs the disk. */
export function logKeeping(round: Round, logs: LogKeeper): Carer {
  const { times, ports } = round;
  const { alarm, complain } = ports;
  const kept = new Set<Ward>();
  let isBusy = false;
  let capAtMs = -Infinity;

  function keepLater(ms: number): void {
    if (!isBusy && kept.size > 0) times.set("logs", ms, () => round.track(keepAll()));
  }

  async function keepAll(): Promise<void> {
    isBusy = true;
    for (const ward of kept) {
      if (!round.isOurs(ward)) continue;
      const { name, seen } = ward;
      try {
        await logs.rotateIfDue(name, seen?.care.logs ?? DEFAULT_LOG_POLICY);
      } catch (error) {
        complain(`${name}: its logs could not be rotated: ${wordsOf(error)}`);
      }
      // what it wrote last was looked at
      if (seen?.state !== "online") kept.delete(ward);
    }
    isBusy = false;
    cap();
    keepLater(logs.nextLookMs());
  }

  function cap(): void {
    if (alarm.up() < capAtMs) return;
    capAtMs = alarm.up() + CAP_MS;
    try {
      logs.capTotal();
    } catch (error) {
      complain(`the logs of all services: ${wordsOf(error)}`);
    }
  }

  return {
    arrange(ward, { state }) {
      if (state !== "online" || kept.has(ward)) return;
      kept.add(ward);
      if (!times.has("logs")) keepLater(FIRST_MS);
    },
    release: (ward) => void kept.delete(ward),
  };
}
