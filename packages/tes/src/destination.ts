import { connector } from "./connector.ts";
import { checkSshDestination } from "./ssh-destination.ts";
import { isSymbol, symbolName } from "./symbol.ts";
import type { Topology } from "./topology.ts";

/** The original's fixed map (TTS section 11). */
const KNOWN_HOSTS: Readonly<Record<string, string>> = {
  "@local": "localhost",
  "@localhost": "localhost",
  "@dev": "dev.local",
  "@staging": "staging.local",
  "@prod": "prod.local",
};

/**
 * Where a target leads, as text for ssh: what `tes_plan` holds.
 *
 * An entry of the topology file gives `user@host` or `host`; else the original's fixed map decides; any
 * other `@name` is the host `name`, and what is no symbol stays as it is.
 * @param topology what the file holds; absent when there is none.
 * @throws TetraError `INVALID_TARGET` when ssh would take the outcome for an option or for two words.
 */
export function destination(target: string, topology?: Topology): string {
  return checkSshDestination(hostOf(target, topology), target);
}

/** Whether a target is this machine. */
export function isLocal(target: string, topology?: Topology): boolean {
  const entry = connector(target, topology ?? {});
  return entry === undefined ? hostOf(target) === "localhost" : entry.type === "local";
}

function hostOf(target: string, topology: Topology = {}): string {
  const entry = connector(target, topology);
  if (entry !== undefined) {
    return entry.user === undefined ? entry.host : `${entry.user}@${entry.host}`;
  }
  if (Object.hasOwn(KNOWN_HOSTS, target)) return KNOWN_HOSTS[target] ?? target;
  return isSymbol(target) ? symbolName(target) : target;
}
