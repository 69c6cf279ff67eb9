import { nodeFileSystem } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import { DEFAULT_LOG_POLICY, type LogPolicy } from "../care/service-care.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { TsmErrorCode } from "../errors.ts";
import { layoutOf, servicePaths } from "../files/layout.ts";
import { namesIn } from "../files/names-in.ts";
import { checkServiceName, isServiceName } from "../files/service-name.ts";
import { archivesOf, beyondCap, removeIfThere } from "./archives.ts";
import { compressQueue } from "./compress-queue.ts";
import { fallocateCutter, type RangeCutter } from "./cut-range.ts";
import { blockBytesAt, type DiskRoom, diskRoom } from "./disk-room.ts";
import { extentOf } from "./extent.ts";
import { followLines } from "./follow-lines.ts";
import type { LogLine } from "./log-line.ts";
import { logPaths } from "./log-paths.ts";
import { checkQuery, type LogQuery } from "./log-query.ts";
import { STREAMS } from "./log-stream.ts";
import { type NoteReason, noteOffsets } from "./offset-index.ts";
import { readLines } from "./read-lines.ts";
import { checkLogPolicy } from "./rotation-pace.ts";
import { makeRotator, type RotatedService, type RotationReport } from "./rotator.ts";

/** Where logs are, and what they are handled with. */
export interface LogsOptions {
  /** The folder of the service manager: `$TETRA_DIR/tsm`. */
  readonly folder: string;
  /** Default: this machine's. */
  readonly clock?: Clock;
  /** What takes the beginning of a file away. Default: `fallocate` of util-linux, on Linux. */
  readonly cutter?: RangeCutter;
  /** How long {@link Logs.rotate} waits for somebody else who rotates. Default: 60 s. */
  readonly lockTimeoutMs?: number;
}

/** What {@link Logs.capTotal} did. */
export interface CapReport {
  /** The archives that were removed, oldest first. */
  readonly removed: readonly string[];
  /** How much the logs of all services take up now; what is still written to is never removed. */
  readonly bytes: number;
  readonly disk: DiskRoom;
}

/** How much the logs of all services of a folder may take up when nothing else is said: 1 GiB. */
export const DEFAULT_CAP_BYTES = 1_073_741_824;

/**
 * The logs of services. These write to their files themselves; this reads, follows and rotates them, from
 * any number of processes at once, each of which may die at any moment.
 *
 * All methods with a name may throw `INVALID_SERVICE`.
 */
export interface Logs {
  /**
   * Lines that are there, in batches. Of both streams in the order in which they were written as far as
   * that is known, which is where something was noted in between; else standard output first.
   * @throws TetraError `SERVICE_NOT_FOUND`, `INVALID_LOG_QUERY`, while reading `INVALID_ARCHIVE`
   */
  read(name: string, query?: LogQuery): AsyncGenerator<readonly LogLine[], void>;
  /**
   * The last lines of services and then what comes, until the signal; across restarts and rotations. Each
   * batch is of one service. While they are followed, times are noted every second.
   * @throws TetraError as {@link Logs.read}
   */
  follow(
    names: readonly string[],
    query: LogQuery,
    signal: AbortSignal,
  ): AsyncGenerator<readonly LogLine[], void>;
  /**
   * Looks at the logs of a service, and archives those that are too long or too old. Archives are
   * compressed afterwards, in a process of their own ({@link Logs.settled}); a failure of that is thrown
   * by the next call.
   * @throws TetraError `INVALID_ROTATION`, `ROTATION_FAILED`: nothing is lost, look again later
   */
  rotateIfDue(name: string, policy?: LogPolicy): Promise<RotationReport>;
  /**
   * Archives what is there: whole blocks of the file system, so that up to one stays.
   * @throws TetraError `SERVICE_NOT_FOUND`, `SERVICE_BUSY`, `INVALID_ROTATION`, `ROTATION_FAILED`
   */
  rotate(name: string, policy?: LogPolicy): Promise<RotationReport>;
  /**
   * Finishes what somebody who died while rotating has left. Every rotation does so first.
   * @throws TetraError `ROTATION_FAILED`
   */
  recover(name: string): Promise<void>;
  /**
   * When {@link Logs.rotateIfDue} should be called again, for the services that it was called for since this
   * was last asked.
   */
  nextLookMs(): number;
  /** Resolves when no archive is being compressed. @throws TetraError `ROTATION_FAILED` if one could not be */
  settled(): Promise<void>;
  /** Removes the oldest archives of all services until their logs take up no more than so much. */
  capTotal(bytes?: number): CapReport;
  /** Notes how long the logs of a service are now. @returns whether it was noted */
  noteOffsets(name: string, why: NoteReason): boolean;
}

/** Opens the logs of a folder. Makes nothing. */
export function openLogs(options: LogsOptions): Logs {
  const { folder, lockTimeoutMs = 60_000, clock = systemClock } = options;
  const cutter = options.cutter ?? fallocateCutter(process.platform);
  const fs = nodeFileSystem();
  const layout = layoutOf(folder);
  const queue = compressQueue(fs);
  const rotator = makeRotator(
    { fs, clock, cutter, blockBytes: blockBytesAt, lockTimeoutMs },
    queue,
  );

  function note(name: string, why: NoteReason): boolean {
    const paths = servicePaths(layout, checkServiceName(name));
    return noteOffsets({ fs, paths, atMs: clock.now(), why });
  }

  function serviceOf(name: string): RotatedService {
    const paths = logPaths(servicePaths(layout, checkServiceName(name)));
    return { name, paths, note: (why) => void note(name, why) };
  }

  function requireService(name: string): RotatedService {
    const service = serviceOf(name);
    if (fs.stat(service.paths.service) !== undefined) return service;
    throw new TetraError<TsmErrorCode>(
      "SERVICE_NOT_FOUND",
      `there is no service ${JSON.stringify(name)}`,
      { hint: "list the services", details: { name } },
    );
  }

  return {
    read(name, query = {}) {
      const checked = checkQuery(query);
      const { paths } = requireService(name);
      return readLines({ fs, paths, service: name }, checked).lines;
    },
    follow(names, query, signal) {
      const checked = checkQuery(query);
      const followed = names.map((name) => {
        const { paths } = requireService(name);
        return { fs, paths, service: name, note: () => void note(name, "follow") };
      });
      return followLines(followed, { clock, query: checked, signal });
    },
    rotateIfDue: async (name, policy = DEFAULT_LOG_POLICY) =>
      rotator.rotateIfDue(serviceOf(name), checkLogPolicy(policy)),
    rotate: async (name, policy = DEFAULT_LOG_POLICY) =>
      rotator.rotate(requireService(name), checkLogPolicy(policy)),
    recover: async (name) => rotator.recover(serviceOf(name)),
    nextLookMs: () => rotator.nextLookMs(),
    async settled() {
      await queue.settled();
      queue.throwFailure();
    },
    capTotal(capBytes = DEFAULT_CAP_BYTES) {
      const all = namesIn(fs, layout.processes).filter(isServiceName).map(serviceOf);
      const current = all
        .flatMap(({ paths }) => STREAMS.map((stream) => extentOf(fs, paths, stream)))
        .reduce((sum, { start, end }) => sum + end - start, 0);
      const archives = all.flatMap(({ paths }) => archivesOf(fs, paths));
      const gone = beyondCap(archives, capBytes - current);
      const archived = archives.reduce((sum, { bytes }) => sum + bytes, 0);
      const removed = gone.filter(({ path }) => removeIfThere(fs, path));
      const less = gone.reduce((sum, { bytes }) => sum + bytes, 0);
      return {
        removed: removed.map(({ path }) => path),
        bytes: current + archived - less,
        disk: diskRoom(folder),
      };
    },
    noteOffsets: note,
  };
}
