import { type FileLock, isSystemError, tryLockFile } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { LogPolicy } from "../care/service-care.ts";
import { waitForLock } from "../files/service-lock.ts";
import { keepNewest } from "./archives.ts";
import type { CompressQueue } from "./compress-queue.ts";
import type { LogsErrorCode } from "./errors.ts";
import { extentOf } from "./extent.ts";
import type { LogPaths } from "./log-paths.ts";
import { type LogStream, STREAMS } from "./log-stream.ts";
import { makeLogFolder, readIndex } from "./offset-index.ts";
import { oldestOffset } from "./read-bytes.ts";
import { recoverStream, type Rotation, type RotationParts, rotateStream } from "./rotate.ts";
import { isDue, type LogLook, nextLookMs } from "./rotation-pace.ts";
import { listSegments } from "./segment.ts";
import { thinIndex } from "./thin-index.ts";

/** What a rotation did to the logs of a service. */
export interface RotationReport {
  /** One for each stream that was rotated. */
  readonly rotated: readonly Rotation[];
  /** The archives that were removed because there were more than are kept. */
  readonly removed: readonly string[];
  /** Somebody else rotates them just now. */
  readonly isBusy: boolean;
}

/** A service whose logs are rotated. */
export interface RotatedService {
  readonly name: string;
  readonly paths: LogPaths;
  /** Notes the lengths of its logs, and why. */
  readonly note: (why: "look" | "rotation") => void;
}

/** Rotates the logs of services, and remembers how fast they grow. */
export interface Rotator {
  rotateIfDue(service: RotatedService, policy: LogPolicy): Promise<RotationReport>;
  rotate(service: RotatedService, policy: LogPolicy): Promise<RotationReport>;
  recover(service: RotatedService): Promise<void>;
  /** When to look again, by the services that were looked at since this was last asked. */
  nextLookMs(): number;
}

interface Growth {
  readonly looks: readonly LogLook[];
  /** The ends of both logs. */
  readonly ends: readonly number[];
  readonly atMs: number;
  readonly notedMs: number;
}

const NOTHING: RotationReport = { rotated: [], removed: [], isBusy: false };
const RANGE = { offset: 0, length: 1 } as const;
/** Looks come quickly after each other when much is written. */
const NOTE_EVERY_MS = 10_000;

/** Makes a rotator. */
export function makeRotator(
  parts: RotationParts & { readonly lockTimeoutMs: number },
  queue: CompressQueue,
): Rotator {
  const { fs, clock, lockTimeoutMs } = parts;
  const growth = new Map<string, Growth>();

  let askedMs = Number.NEGATIVE_INFINITY;

  /** Looks how long both logs are, and notes it now and then while they grow. */
  function look({ name, paths, note }: RotatedService, maxBytes: number): void {
    const atMs = clock.now();
    const before = growth.get(name);
    const extents = STREAMS.map((stream) => extentOf(fs, paths, stream));
    const ends = extents.map(({ end }) => end);
    const elapsedMs = atMs - (before?.atMs ?? atMs);
    const looks = extents.map(({ start, end }, at) => ({
      writtenBytes: end - (before?.ends[at] ?? end),
      elapsedMs,
      bytes: end - start,
      maxBytes,
    }));
    const grew = before === undefined || looks.some(({ writtenBytes }) => writtenBytes !== 0);
    let notedMs = before?.notedMs ?? Number.NEGATIVE_INFINITY;
    if (grew && atMs - notedMs >= NOTE_EVERY_MS) {
      note("look");
      notedMs = atMs;
    }
    growth.set(name, { looks, ends, atMs, notedMs });
  }

  function isStreamDue({ paths }: RotatedService, stream: LogStream, policy: LogPolicy): boolean {
    const { start, end } = extentOf(fs, paths, stream);
    const ageMs = policy.maxAgeMs === 0 ? 0 : clock.now() - oldestLineMs(paths, stream, start);
    return isDue({ bytes: end - start, ageMs }, policy);
  }

  /**
   * When the oldest line of the current file was written, at the earliest. The rest of a block that stayed
   * behind when the others were archived is no older than these: else it would be due at once.
   */
  function oldestLineMs(paths: LogPaths, stream: LogStream, start: number): number {
    const notes = readIndex(fs, paths);
    const noted = notes.findLast((note) => note[stream] <= start) ?? notes[0];
    const archived = listSegments(fs, paths.folder, stream).at(-1);
    return Math.max(noted?.atMs ?? clock.now(), archived?.atMs ?? 0);
  }

  async function rotateStreams(
    service: RotatedService,
    work: {
      readonly lock: FileLock;
      readonly policy: LogPolicy;
      readonly due: readonly LogStream[];
    },
  ): Promise<RotationReport> {
    const { paths, note } = service;
    const { lock, policy, due } = work;
    const rotated: Rotation[] = [];
    for (const stream of due) {
      const rotation = await rotateStream(parts, { paths, stream, lock: lock.fd });
      if (rotation !== undefined) rotated.push(rotation);
    }
    const removed = keepNewest(fs, paths, policy.keep);
    if (rotated.length > 0) note("rotation");
    const place = { fs, paths };
    thinIndex(fs, paths, { out: oldestOffset(place, "out"), err: oldestOffset(place, "err") });
    if (policy.compress) queue.add(paths);
    return { rotated, removed, isBusy: false };
  }

  /** What the system refuses is told as our failure; a service that was removed meanwhile is none. */
  async function tried<Result>(
    { paths, name }: RotatedService,
    act: () => Promise<Result>,
    otherwise: Result,
  ): Promise<Result> {
    try {
      return await act();
    } catch (error) {
      if (fs.stat(paths.service) === undefined) return otherwise;
      if (!isSystemError(error)) throw error;
      throw new TetraError<LogsErrorCode>(
        "ROTATION_FAILED",
        `${name}: its logs could not be rotated: ${error.message}`,
        {
          hint: "see whether the disk is full; it is tried again",
          details: { name },
          cause: error,
        },
      );
    }
  }

  return {
    async rotateIfDue(service, policy) {
      queue.throwFailure();
      const { name, paths } = service;
      if (fs.stat(paths.service) === undefined) {
        growth.delete(name);
        return NOTHING;
      }
      return tried(
        service,
        async () => {
          look(service, policy.maxBytes);
          const due = STREAMS.filter((stream) => isStreamDue(service, stream, policy));
          if (due.length === 0 || !makeLogFolder(fs, paths)) return NOTHING;
          const lock = tryLockFile(fs, paths.lock, RANGE);
          if (lock === undefined) return { ...NOTHING, isBusy: true };
          try {
            return await rotateStreams(service, { lock, policy, due });
          } finally {
            lock.release();
          }
        },
        NOTHING,
      );
    },
    async rotate(service, policy) {
      const { name, paths } = service;
      return tried(
        service,
        async () => {
          makeLogFolder(fs, paths);
          const what = `the logs of ${name}`;
          const path = paths.lock;
          const lock = await waitForLock({ fs, clock, path, what, timeoutMs: lockTimeoutMs });
          try {
            return await rotateStreams(service, { lock, policy, due: STREAMS });
          } finally {
            lock.release();
          }
        },
        NOTHING,
      );
    },
    async recover(service) {
      const { paths } = service;
      if (fs.stat(paths.folder) === undefined) return;
      await tried(
        service,
        async () => {
          const lock = tryLockFile(fs, paths.lock, RANGE);
          if (lock === undefined) return; // whoever has it does so first
          try {
            for (const stream of STREAMS) {
              await recoverStream(parts, { paths, stream, lock: lock.fd });
            }
          } finally {
            lock.release();
          }
        },
        undefined,
      );
    },
    nextLookMs() {
      // one that is looked at no more must not hurry the rest
      const recent = [...growth.values()].filter(({ atMs }) => atMs >= askedMs);
      askedMs = clock.now();
      return nextLookMs(recent.flatMap(({ looks }) => looks));
    },
  };
}
