import {
  type FileLock,
  type FileSystem,
  makeFolders,
  tryLockFile,
  writeFileAtomic,
} from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import { join } from "node:path/posix";
import { textsFrom } from "../files/lenient.ts";
import { isLocked } from "../files/service-lock.ts";
import type { InstancesErrorCode } from "./errors.ts";
import { encodeName } from "./nginx-site.ts";
import { removeIfThere, textAt } from "./nginx-folder.ts";

/** The right to reload or scale a group, and what is noted meanwhile. */
export interface ReloadNote {
  /**
   * Instances that the last reload, if it died, had stopped or would have restarted: they should run,
   * though a restart that died may have left them marked as stopped.
   */
  readonly left: readonly string[];
  /** Notes which instances are being reloaded, durably. */
  write(names: readonly string[]): void;
  /** Everything was done. */
  remove(): void;
  /** Lets others have the group. */
  release(): void;
}

const RANGE = { offset: 0, length: 1 } as const;

/** Takes the right to reload or scale a group. @throws TetraError `GROUP_BUSY` */
export function takeGroup(fs: FileSystem, tsmFolder: string, group: string): ReloadNote {
  const folder = reloadsFolder(tsmFolder);
  makeFolders(fs, folder, { durable: true });
  const lock: FileLock | undefined = tryLockFile(fs, lockOf(tsmFolder, group), RANGE);
  if (lock === undefined) {
    throw new TetraError<InstancesErrorCode>("GROUP_BUSY", `${group} is being reloaded or scaled`, {
      hint: "wait until that is done",
      details: { name: group },
    });
  }
  const note = join(folder, `${encodeName(group)}.json`);
  return {
    left: namesFrom(textAt(fs, note)),
    write(names) {
      const bytes = new TextEncoder().encode(`${JSON.stringify(names)}\n`);
      writeFileAtomic(fs, note, bytes, { durable: true });
    },
    remove: () => removeIfThere(fs, note),
    release: () => lock.release(),
  };
}

/** Whether somebody reloads or scales a group right now. */
export function isReloading(fs: FileSystem, tsmFolder: string, group: string): boolean {
  return isLocked(fs, lockOf(tsmFolder, group));
}

function reloadsFolder(tsmFolder: string): string {
  return join(tsmFolder, "runtime/reloads");
}

function lockOf(tsmFolder: string, group: string): string {
  return join(reloadsFolder(tsmFolder), `${encodeName(group)}.lock`);
}

function namesFrom(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  try {
    return textsFrom(JSON.parse(text)) ?? [];
  } catch (error) {
    if (error instanceof SyntaxError) return []; // somebody's edit: the services say what is wanted
    throw error;
  }
}
