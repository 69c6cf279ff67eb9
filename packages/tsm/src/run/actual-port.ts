import type { Platform } from "../platform/platform.ts";

/** Of the ports that a service listens on, the one to name: its own, else the lowest. */
export function portAmong(own: number | undefined, ports: readonly number[]): number | undefined {
  if (own !== undefined && ports.includes(own)) return own;
  return ports.toSorted((a, b) => a - b)[0];
}

/** Which port these processes listen on; `undefined`: none. Looks at all who listen. */
export function actualPort(
  platform: Platform,
  own: number | undefined,
  pids: readonly number[],
): number | undefined {
  const ports = platform
    .listeners()
    .flatMap(({ port, pid }) => (pid !== undefined && pids.includes(pid) ? [port] : []));
  return portAmong(own, ports);
}
