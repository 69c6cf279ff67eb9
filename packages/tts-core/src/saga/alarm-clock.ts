import type { Timer } from "../ports.ts";
import { type StopSwitch, stopSwitch } from "./stop-switch.ts";

/** Rings at one moment at a time. */
export interface AlarmClock {
  /** Rings at `atMs` (milliseconds since the epoch) and no longer at any other moment; `Infinity`: never. */
  readonly set: (atMs: number) => void;
}

const ELSEWHEN = new Error("set to another moment");

/** Makes an alarm clock that is not set. */
export function alarmClock(timer: Timer, ring: () => void): AlarmClock {
  let setTo = Infinity;
  let current: StopSwitch | undefined;

  async function wait(atMs: number, off: StopSwitch): Promise<void> {
    await timer.until(atMs, off.signal);
    if (off.reason !== undefined) return;
    setTo = Infinity;
    ring();
  }

  return {
    set(atMs) {
      if (atMs === setTo) return;
      current?.stop(ELSEWHEN);
      setTo = atMs;
      if (atMs === Infinity) return;
      current = stopSwitch();
      void wait(atMs, current);
    },
  };
}
