import { statfsSync } from "node:fs";

/** How much room a disk has. */
export interface DiskRoom {
  /** What is left for us. */
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Less than a twentieth is left, and less than 1 GiB. */
  readonly isLow: boolean;
}

const LOW_SHARE = 0.05;
const LOW_BYTES = 1_073_741_824;

/** The room on the disk of a folder. Throws what the system says, such as `ENOENT`. */
export function diskRoom(folder: string): DiskRoom {
  const { bavail, blocks, bsize } = statfsSync(folder);
  return roomOf(bavail * bsize, blocks * bsize);
}

/** For people. */
export function wordsOfRoom({ freeBytes, totalBytes }: DiskRoom): string {
  return `${inMebibytes(freeBytes)} of ${inMebibytes(totalBytes)} are free`;
}

/** A size, for people. */
export function inMebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}

/** The same of numbers. */
export function roomOf(freeBytes: number, totalBytes: number): DiskRoom {
  return { freeBytes, totalBytes, isLow: freeBytes < Math.min(LOW_BYTES, totalBytes * LOW_SHARE) };
}

/** The blocks of the file system at a path: only whole ones can be cut out of a file. */
export function blockBytesAt(path: string): number {
  return Math.max(4096, statfsSync(path).bsize);
}
