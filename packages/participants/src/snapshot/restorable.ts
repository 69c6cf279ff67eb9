import { TetraError } from "@tetra/errors";
import type { ParticipantErrorCode } from "../errors.ts";
import { below, shown, toBytePath } from "./byte-path.ts";
import type { Entry } from "./entry.ts";
import { mountOf, mountsIn } from "./machine.ts";
import type { Place } from "./place.ts";

/** `PATH_MAX` of Linux without the NUL, less room for the longest name that somebody can add. */
const MOST_PATH_BYTES = 4095 - 256;

/**
 * Refuses a place from which nothing could be put back.
 * @throws TetraError `NOT_RESTORABLE`
 */
export function refusePlace({ folder, keep }: Place): void {
  if (process.platform !== "linux") throw notRestorable(folder, "snapshots work on Linux only");
  refuseMounts(folder);
  if (mountOf(folder) !== mountOf(keep))
    throw notRestorable(folder, `${keep} is on another file system`);
}

/**
 * Refuses a folder that other file systems are attached in: nothing can be renamed into or out of them.
 * @throws TetraError `NOT_RESTORABLE`
 */
export function refuseMounts(folder: string): void {
  const [mount] = mountsIn(folder);
  if (mount !== undefined) throw notRestorable(mount, "a mount point");
}

/** Refuses what could not be put back exactly. */
export function entryCheck({ folder, snapshot }: Place): (entry: Entry) => void {
  const root = toBytePath(folder);
  const longest = Math.max(root.length, toBytePath(`${snapshot}/tree`).length);
  const user = process.geteuid?.() ?? 0;
  const groups = new Set([process.getegid?.(), ...(process.getgroups?.() ?? [])]);
  return ({ path, kind, uid, gid }) => {
    const at = shown(below(root, path));
    if (kind === "special") throw notRestorable(at, "a socket, pipe or device");
    if (longest + 1 + path.length > MOST_PATH_BYTES) throw notRestorable(at, "too deep");
    if (user === 0) return;
    if (uid !== user)
      throw notRestorable(at, `belongs to user ${uid}, which only root can restore`);
    if (!groups.has(gid))
      throw notRestorable(at, `belongs to group ${gid}, which only root can restore`);
  };
}

function notRestorable(path: string, reason: string): TetraError<ParticipantErrorCode> {
  return new TetraError("NOT_RESTORABLE", `${path.slice(0, 300)}: ${reason}`, {
    hint: "move it out of the folder, or give a folder without it",
    details: { path, reason },
  });
}
