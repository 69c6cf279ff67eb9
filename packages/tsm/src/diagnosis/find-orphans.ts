import { join } from "node:path/posix";
import type { Platform } from "../platform/platform.ts";
import type { PortLook } from "../ports/look-at-ports.ts";
import { findingsOf, type Finding } from "./finding.ts";

/** A server of a kind that services usually are, which no service started. */
export interface Orphan {
  readonly pid: number;
  readonly ports: readonly number[];
  readonly command: string;
}

const SERVER = /(?:^|\/)(?:node|nodejs|bun|deno|python[0-9.]*|ruby|php|java)$/;

/**
 * Who listens, is no service, nor one of another `TETRA_DIR`, and runs an interpreter; this process is none.
 * @param folder that of the service manager: `$TETRA_DIR/tsm`
 */
export function findOrphans(
  look: PortLook,
  { platform, folder }: { readonly platform: Pick<Platform, "command">; readonly folder: string },
): readonly Orphan[] {
  const ports = new Map<number, readonly number[]>();
  for (const { pid, port, owner, home } of look.listening) {
    if (pid === undefined || owner !== undefined || pid === process.pid) continue;
    if (home !== undefined && join(home, "tsm") !== folder) continue;
    ports.set(pid, [...(ports.get(pid) ?? []), port]);
  }
  return [...ports].flatMap(([pid, its]): readonly Orphan[] => {
    const command = platform.command(pid) ?? "";
    const [program = ""] = command.split(" ");
    return SERVER.test(program) ? [{ pid, ports: its.toSorted((a, b) => a - b), command }] : [];
  });
}

/** Orphans are worth knowing, no more: they may be meant so. */
export function orphanFindings(orphans: readonly Orphan[]): readonly Finding[] {
  const found = findingsOf("orphans");
  if (orphans.length === 0) return [found.ok("orphans", "none")];
  return orphans.map(({ pid, ports, command }) =>
    found.note(
      `pid ${pid}`,
      `listens on ${ports.join(", ")} and is no service: ${command}`,
      `start it with tsm, or end it: tsm claim ${ports[0]}`,
    ),
  );
}
