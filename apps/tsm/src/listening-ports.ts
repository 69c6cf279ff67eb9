import { systemPlatform } from "@tetra/tsm";

/** Those of these ports that something listens on. */
export function listeningPorts(ports: readonly number[]): ReadonlySet<number> {
  const platform = systemPlatform();
  return new Set(ports.filter((port) => platform.listeners(port).length > 0));
}
