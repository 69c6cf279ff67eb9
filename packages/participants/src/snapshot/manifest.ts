import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type FileSystem, isSystemError, writeFileAtomic } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import * as z from "zod/mini";
import type { ParticipantErrorCode } from "../errors.ts";
import type { Entry } from "./entry.ts";

/** Whose a snapshot is. */
export interface Claim {
  readonly txn: string;
  readonly participant: string;
  readonly folder: string;
}

/** What the folder was when its transaction began. */
export interface Manifest {
  readonly claim: Claim;
  /** When these have changed, the machine was off, or the disk is attached elsewhere. */
  readonly boot: string;
  readonly device: bigint;
  /** What changes after `begin` has this change time or a later one. */
  readonly sinceNs: bigint;
  /** The folder first, a folder before what is in it. */
  readonly entries: readonly Entry[];
}

const CLAIM = "claim.json";
const MANIFEST = "manifest.ndjson";

const claimSchema: z.ZodMiniType<Claim> = z.looseObject({
  txn: z.string(),
  participant: z.string(),
  folder: z.string(),
});
const nanoseconds = z.pipe(
  z.string(),
  z.transform((digits: string) => BigInt(digits)),
);
const headSchema = z.looseObject({
  version: z.literal(1),
  claim: claimSchema,
  boot: z.string(),
  device: nanoseconds,
  sinceNs: nanoseconds,
});
const entrySchema = z.looseObject({
  path: z.string(),
  kind: z.enum(["file", "folder", "link"]),
  mode: z.number(),
  uid: z.number(),
  gid: z.number(),
  size: z.number(),
  mtimeNs: nanoseconds,
  ctimeNs: nanoseconds,
  inode: nanoseconds,
  target: z.exactOptional(z.string()),
});

/** Says whose the snapshot is going to be: before anything else is in it, for people and for other begins. */
export function writeClaim(fs: FileSystem, snapshot: string, claim: Claim): void {
  writeFileAtomic(fs, join(snapshot, CLAIM), Buffer.from(toLine(claim)), { durable: false });
}

/** Whose a snapshot is, complete or not; `undefined` when there is none, or it was only just begun. */
export function readClaim(snapshot: string): Claim | undefined {
  const text = readIfThere(join(snapshot, CLAIM));
  if (text === undefined || text === "") return undefined;
  return claimSchema.parse(JSON.parse(text));
}

/** Makes a snapshot complete: written last, flushed, and put in place in one step. */
export function writeManifest(fs: FileSystem, snapshot: string, manifest: Manifest): void {
  const { entries, ...head } = manifest;
  const lines = [{ version: 1, ...head }, ...entries].map(toLine);
  writeFileAtomic(fs, join(snapshot, MANIFEST), Buffer.from(lines.join("")), { durable: true });
}

/** Whether the snapshot was taken to its end. */
export function isComplete(snapshot: string): boolean {
  return existsSync(join(snapshot, MANIFEST));
}

/**
 * Reads what {@link writeManifest} wrote.
 * @throws TetraError `SNAPSHOT_DAMAGED` when somebody else has written to it.
 */
export function readManifest(snapshot: string): Manifest {
  try {
    const [head = "", ...lines] = readFileSync(join(snapshot, MANIFEST), "utf8")
      .trimEnd()
      .split("\n");
    const { claim, boot, device, sinceNs } = headSchema.parse(JSON.parse(head));
    const entries = lines.map((line): Entry => entrySchema.parse(JSON.parse(line)));
    return { claim, boot, device, sinceNs, entries };
  } catch (error) {
    if (isSystemError(error)) throw error;
    throw new TetraError<ParticipantErrorCode>(
      "SNAPSHOT_DAMAGED",
      `${join(snapshot, MANIFEST)}: not what was written`,
      { hint: "put the folder right by hand; tree/ beside it holds the copy", cause: error },
    );
  }
}

function toLine(value: object): string {
  const plain = (_key: string, field: unknown): unknown =>
    typeof field === "bigint" ? field.toString() : field;
  return `${JSON.stringify(value, plain)}\n`;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}
