import { TetraError } from "@tetra/errors";
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
} from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { isWithin, realPath } from "../agent-policy/guarded-places.ts";
import type { TtmErrorCode } from "../errors.ts";

/** Where evidence may come from. */
export interface EvidencePlaces {
  /** Folders, absolute. */
  readonly roots: readonly string[];
  /** What is in them and no evidence: Tetra's own. */
  readonly guarded: readonly string[];
  /** What a relative path is relative to. */
  readonly cwd: string;
  readonly mostBytes: number;
}

/**
 * Reads a file that an agent names. Below the root that it is in, no part of its path may be a symbolic
 * link or go up; the file that was opened is compared with the one that was looked at, so that nobody can
 * exchange it in between.
 * @throws TetraError `FORBIDDEN`, `NOT_FOUND`, `TOO_MUCH`
 */
export function readEvidence(path: string, places: EvidencePlaces): Uint8Array {
  const file = allowedFile(path, places);
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let descriptor: number;
  try {
    descriptor = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    const opened = fstatSync(descriptor, { bigint: true });
    const seen = lstatSync(file, { bigint: true, throwIfNoEntry: false });
    if (!opened.isFile()) throw forbidden(path, "is not a file");
    if (seen?.ino !== opened.ino || seen.dev !== opened.dev || realpathSync(file) !== file) {
      throw forbidden(path, "was exchanged while it was read");
    }
    return contentOf(descriptor, path, places.mostBytes);
  } finally {
    closeSync(descriptor);
  }
}

function allowedFile(path: string, { roots, guarded, cwd }: EvidencePlaces): string {
  if (path.includes("\0")) throw forbidden(path, "holds a NUL");
  if (path.split(sep).includes("..")) throw forbidden(path, "goes up with ..");
  const wanted = isAbsolute(path) ? path : resolve(cwd, path);
  const real = realPath(wanted);
  // a root may itself be reached through links: what is below it may not
  const root = roots.find(
    (each) => isWithin(realPath(each), real) && isStraight(each, wanted, real),
  );
  if (root === undefined) {
    const isOutside = !roots.some((each) => isWithin(realPath(each), real));
    throw forbidden(
      path,
      isOutside ? `is outside ${roots.join(", ")}` : "is, or passes through, a symbolic link",
    );
  }
  if (SYSTEM.some((folder) => isWithin(folder, real))) throw forbidden(path, "is the system's");
  const own = guarded.find((place) => isWithin(realPath(place), real));
  if (own !== undefined) throw forbidden(path, "is Tetra's own");
  return real;
}

/** Whether the way from a root to a file is the one that was written. */
function isStraight(root: string, wanted: string, real: string): boolean {
  const below = relative(realPath(root), real);
  return [root, realPath(root)].some((each) => join(each, below) === resolve(wanted));
}

/** Files that are no files: reading them tells of processes and devices, or never ends. */
const SYSTEM = ["/proc", "/sys", "/dev"];

function contentOf(descriptor: number, path: string, mostBytes: number): Uint8Array {
  const bytes = Buffer.alloc(fstatSync(descriptor).size + 1);
  if (bytes.length - 1 > mostBytes) throw tooMuch(path, mostBytes);
  let length = 0;
  for (;;) {
    const read = readSync(descriptor, bytes, length, bytes.length - length, null);
    length += read;
    if (read === 0) return bytes.subarray(0, length);
    if (length === bytes.length) throw forbidden(path, "grew while it was read");
  }
}

/** More evidence than a transaction may hold. */
export function tooMuch(what: string, mostBytes: number): TetraError<TtmErrorCode> {
  return new TetraError("TOO_MUCH", `${what}: evidence may have ${mostBytes} bytes in all`, {
    hint: "add a smaller part, or let a person raise evidence_bytes",
  });
}

function unreadable(path: string, cause: unknown): TetraError<TtmErrorCode> {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "ELOOP") return forbidden(path, "is a symbolic link");
  const hint = "look at the path and its permissions";
  return new TetraError("NOT_FOUND", `${shown(path)}: cannot be read (${code})`, { hint, cause });
}

function forbidden(path: string, why: string): TetraError<TtmErrorCode> {
  return new TetraError("FORBIDDEN", `${shown(path)} ${why}`, {
    hint: "name a file below the folders that the policy's roots allow",
  });
}

function shown(path: string): string {
  return JSON.stringify(path.slice(0, 200));
}
