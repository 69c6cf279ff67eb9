import { isSystemError } from "@tetra/durable-fs";
import { below, type BytePath } from "./byte-path.ts";
import { type Entry, isUntouched, look } from "./entry.ts";
import { bootId, deviceOf } from "./machine.ts";
import type { Manifest } from "./manifest.ts";
import { pacer } from "./pacer.ts";

// T1. An entry counts as untouched only if the kernel's own marks say so: inode and change time.
// T2. Marks made within the clock's last tick before `begin` ended say nothing: a change in that tick has the same.
// T3. After a reboot no mark says anything: a write's data can be on the disk without its new change time.

/** Tells whether something in the folder may have been done to an entry since `begin`. When in doubt: yes. */
export function touchDetector(
  { boot, device, sinceNs }: Manifest,
  keep: string,
): (before: Entry, now: Entry) => boolean {
  if (boot !== bootId() || device !== deviceOf(keep)) return () => true; // T3
  return (before, now) => before.ctimeNs >= sinceNs || !isUntouched(before, now); // T1, T2
}

/** Whether anything in the folder may have changed. What is new or gone shows in its folder's change time. */
export async function isFolderTouched(
  folder: BytePath,
  manifest: Manifest,
  isTouched: (before: Entry, now: Entry) => boolean,
): Promise<boolean> {
  const pace = pacer();
  for (const entry of manifest.entries) {
    await pace();
    const now = lookIfAllowed(below(folder, entry.path), entry.path);
    if (now === undefined || isTouched(entry, now)) return true;
  }
  return false;
}

/** What is in a folder of mode 0000 nobody but root can see: it is in doubt. */
function lookIfAllowed(path: BytePath, relative: BytePath): Entry | undefined {
  try {
    return look(path, relative);
  } catch (error) {
    if (isSystemError(error, "EACCES")) return undefined;
    throw error;
  }
}
