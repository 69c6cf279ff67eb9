import { readFileSync } from "node:fs";
import type { Clock } from "../clock.ts";

/** How many connections a TCP port has; `undefined`: this system does not tell. */
export type CountConnections = (port: number) => number | undefined;

const ESTABLISHED = "01";
const SYN_RECEIVED = "03";

/** Connections that the kernel of this machine knows, where `/proc` tells. */
export const countConnections: CountConnections = (port) => {
  try {
    const v4 = readFileSync("/proc/net/tcp", "utf8");
    return countIn(v4, port) + countIn(readOr("/proc/net/tcp6"), port);
  } catch {
    // hidden, or not Linux
    return undefined;
  }
};

/** Counts in the text of `/proc/net/tcp` what is connected to this port; what the client has closed does not count. */
export function countIn(text: string, port: number): number {
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return text
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = "", , state]) => {
      return local.endsWith(end) && (state === ESTABLISHED || state === SYN_RECEIVED);
    }).length;
}

function readOr(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // a kernel without IPv6
    return "";
  }
}

/** What waiting for connections to end takes. */
export interface Drain {
  readonly port: number;
  readonly clock: Clock;
  readonly count: CountConnections;
  /** Whoever is connected longer is not waited for: a WebSocket may live for days. */
  readonly timeoutMs: number;
}

const LOOK_MS = 20;
/** Nothing for so long: whoever had chosen this port before it left the traffic has connected by now. */
const QUIET_MS = 100;

/**
 * Waits until a port has had no connection for a moment.
 * @returns how many are left, when the time is over; where the system does not tell, 0 after that time.
 */
export async function drain({ port, clock, count, timeoutMs }: Drain): Promise<number> {
  const giveUpMs = clock.now() + timeoutMs;
  let quietSinceMs: number | undefined;
  for (;;) {
    const left = count(port);
    const nowMs = clock.now();
    if (left === 0) {
      quietSinceMs ??= nowMs;
      if (nowMs - quietSinceMs >= QUIET_MS) return 0;
    } else {
      quietSinceMs = undefined;
    }
    if (nowMs >= giveUpMs) return left ?? 0;
    await clock.sleep(LOOK_MS);
  }
}
