import type { FileStat } from "./file-system.ts";

/** What differs between two versions of a file, whether it was replaced or written in place. */
export type FileVersion = Pick<FileStat, "device" | "inode" | "size" | "mtimeMs">;

/** The version that a stat is of. */
export function versionOf({ device, inode, size, mtimeMs }: FileStat): FileVersion {
  return { device, inode, size, mtimeMs };
}

/** Whether two are one version; two absent files count as one. */
export function sameVersion(a: FileVersion | undefined, b: FileVersion | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.inode === b.inode && a.size === b.size && a.mtimeMs === b.mtimeMs && a.device === b.device
  );
}
