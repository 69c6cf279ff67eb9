import { readFileSync } from "node:fs";
import { uptime } from "node:os";

/** Differs from one boot of this machine to the next, and stays the same in between. */
export function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    // systems without Linux's /proc: when it booted, to the minute, as their clock has it
    return `booted-${Math.round((Date.now() / 1000 - uptime()) / 60)}`;
  }
}
