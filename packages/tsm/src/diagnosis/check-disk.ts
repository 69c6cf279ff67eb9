import { type FileSystem, isSystemError } from "@tetra/durable-fs";
import { layoutOf, servicePaths } from "../files/layout.ts";
import { type DiskRoom, diskRoom, inMebibytes, wordsOfRoom } from "../logs/disk-room.ts";
import type { DoctorWorld } from "./doctor-world.ts";
import { type Finding, findingsOf } from "./finding.ts";

/** How full the disk is, and with what. */
export interface DiskFacts {
  readonly folder: string;
  /** Absent: the folder is not there. */
  readonly space?: DiskRoom;
  readonly logs: readonly { readonly name: string; readonly bytes: number }[];
}

/** Looks at the disk and at the logs of every service. */
export function lookAtDisk({ fs, folder, services }: DoctorWorld): DiskFacts {
  const layout = layoutOf(folder);
  const logs = services.names().map((name) => {
    const { out, err, logs: archive } = servicePaths(layout, name);
    const bytes = [out, err, archive].reduce((sum, path) => sum + bytesIn(fs, path), 0);
    return { name, bytes };
  });
  const space = spaceAt(folder);
  return { folder, logs, ...(space === undefined ? {} : { space }) };
}

function spaceAt(folder: string): DiskFacts["space"] {
  try {
    return diskRoom(folder);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}

function bytesIn(fs: FileSystem, path: string): number {
  const stat = fs.stat(path);
  if (stat?.kind !== "folder") return stat?.size ?? 0;
  try {
    return fs.names(path).reduce((sum, name) => sum + bytesIn(fs, `${path}/${name}`), 0);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return 0; // removed meanwhile
    throw error;
  }
}

const MEBI = 1024 ** 2;
const OUT = { part: 0.01, bytes: 100 * MEBI };
/** Ten segments of the default size, and the current one, of both streams. */
const MANY_LOG_BYTES = 220 * MEBI;

/** Judges it. */
export function diskFindings({ folder, space, logs }: DiskFacts): readonly Finding[] {
  const found = findingsOf("disk");
  const big = logs.filter(({ bytes }) => bytes > MANY_LOG_BYTES);
  return [
    ...(space === undefined ? [] : [spaceFinding(folder, space)]),
    ...big.map(({ name, bytes }) =>
      found.warning(
        name,
        `its logs take ${inMebibytes(bytes)}`,
        `see that the daemon runs, which rotates them: tsm daemon status; set lower limits`,
      ),
    ),
  ];
}

function spaceFinding(folder: string, space: NonNullable<DiskFacts["space"]>): Finding {
  const found = findingsOf("disk");
  const { freeBytes, totalBytes, isLow } = space;
  const isOut = freeBytes < OUT.bytes && freeBytes < totalBytes * OUT.part;
  const what = wordsOfRoom(space);
  const fix = "make room; services lose their logs when the disk is full";
  if (isOut) return found.error(folder, what, fix);
  return isLow ? found.warning(folder, what, fix) : found.ok(folder, what);
}
