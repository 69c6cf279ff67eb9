import { chmodSync, writeFileSync, lstatSync } from "node:fs";
import { join } from "node:path";
import type { FileSystem } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { ParticipantErrorCode } from "../errors.ts";
import { below, type BytePath, bytesOf, shown, toBytePath } from "./byte-path.ts";
import { type Entry, isUntouched, look, looksLike } from "./entry.ts";
import { bootId, deviceOf } from "./machine.ts";
import { type Claim, writeManifest } from "./manifest.ts";
import { type Opened, openEntries } from "./opened.ts";
import { pacer } from "./pacer.ts";
import type { Place } from "./place.ts";
import { flushFileSystem, runTool, setModified } from "./system-tool.ts";
import { walk } from "./walk.ts";

// B1. The manifest is written after everything else is durable: with it the snapshot is complete, without it nothing.
// B2. The copy is compared with the folder, and the folder with itself before: what is promised was seen.
// B3. Every page of the folder is clean before it is looked at for the last time: so a later write through a memory map
//     changes the change time, as other writes do.

/** What a snapshot is taken with. */
export interface SnapshotTools {
  readonly fs: FileSystem;
  readonly lockFd: number;
  /** Looks at each entry first, and throws when it cannot be part of a snapshot. */
  readonly check: (entry: Entry) => void;
}

/**
 * Copies a folder beside, durably. The snapshot's own folder is there, with the claim in it.
 * @throws TetraError `NOT_RESTORABLE`, `SNAPSHOT_FAILED`; `RESOURCE_AWAY` when somebody writes to the folder.
 */
export async function takeSnapshot(
  place: Place,
  claim: Claim,
  tools: SnapshotTools,
): Promise<void> {
  const opened = openEntries(toBytePath(place.folder), place.snapshot);
  try {
    await copyAndSeal(place, claim, { ...tools, opened });
  } finally {
    opened.close();
  }
}

async function copyAndSeal(
  { folder, keep, snapshot }: Place,
  claim: Claim,
  { fs, lockFd, check, opened }: SnapshotTools & { readonly opened: Opened },
): Promise<void> {
  const root = toBytePath(folder);
  const tree = join(snapshot, "tree");
  await walk(root, (entry) => {
    check(entry);
    opened.open(entry);
  });
  const entries = await walk(root);
  // all of `--archive`, but what the file system cannot keep of extended attributes is an error
  const args = ["--archive", "--preserve=xattr", "--reflink=auto", "--no-target-directory"];
  await runTool({ tool: "cp", args: [...args, "--", folder, tree], lockFd });
  await compareCopy(root, toBytePath(tree), entries);
  await flushFileSystem(keep, lockFd); // B1, B3
  await compareAgain(root, entries); // B2
  const closed = opened.close();
  setClosedModes(tree, closed);
  const sinceNs = await probeClock(snapshot, lockFd);
  const sealed = entries.map((entry) => closed.get(entry.path) ?? entry);
  if (closed.size > 0) await flushFileSystem(keep, lockFd);
  writeManifest(fs, snapshot, {
    claim,
    boot: bootId(),
    device: deviceOf(keep),
    sinceNs,
    entries: sealed,
  }); // B1
}

async function compareCopy(
  root: BytePath,
  tree: BytePath,
  entries: readonly Entry[],
): Promise<void> {
  const pace = pacer();
  for (const entry of entries) {
    await pace();
    const copy = look(below(tree, entry.path), entry.path);
    if (copy === undefined || !looksLike(entry, copy)) {
      const now = look(below(root, entry.path), entry.path);
      throw now !== undefined && isUntouched(entry, now) ? notKept(entry) : changing(entry.path);
    }
    if (entry.kind === "folder") openForUs(below(tree, entry.path), entry.mode);
  }
}

/** The copy's folders must let us take things out of them; their real mode is in the manifest. */
function openForUs(folder: BytePath, mode: number): void {
  if ((mode & 0o700) !== 0o700) chmodSync(bytesOf(folder), mode | 0o700);
}

async function compareAgain(root: BytePath, entries: readonly Entry[]): Promise<void> {
  const now = new Map((await walk(root)).map((entry) => [entry.path, entry]));
  for (const entry of entries) {
    const again = now.get(entry.path);
    now.delete(entry.path);
    if (again === undefined || !isUntouched(entry, again)) throw changing(entry.path);
  }
  const [added] = now.keys();
  if (added !== undefined) throw changing(added);
}

/** Files that had to be opened were copied with the mode they had then. */
function setClosedModes(tree: string, closed: ReadonlyMap<BytePath, Entry>): void {
  for (const { path, kind, mode } of closed.values())
    if (kind === "file") chmodSync(bytesOf(below(toBytePath(tree), path)), mode);
}

/**
 * A change time that nothing before now has, as far as the clock of the file system can tell. Also finds out whether
 * this system can set times as a restore must.
 */
async function probeClock(snapshot: string, lockFd: number): Promise<bigint> {
  const probe = join(snapshot, "clock");
  writeFileSync(probe, "", { mode: 0o600 });
  const mtimeNs = 1_234_567_890_123_456_789n;
  await setModified([{ path: Buffer.from(probe), mtimeNs }], lockFd);
  const stats = lstatSync(probe, { bigint: true });
  if (stats.mtimeNs !== mtimeNs) throw failed("times cannot be set to the nanosecond here");
  return stats.ctimeNs;
}

function changing(path: BytePath): TetraError<ParticipantErrorCode> {
  return new TetraError(
    "RESOURCE_AWAY",
    `${path === "" ? "the folder" : shown(path)}: changed while its snapshot was taken`,
    { hint: "stop what writes to the folder, then begin again", details: { path: shown(path) } },
  );
}

function notKept({ path }: Entry): TetraError<ParticipantErrorCode> {
  return failed(`${path === "" ? "the folder" : shown(path)}: the copy is not the same`);
}

function failed(message: string): TetraError<ParticipantErrorCode> {
  return new TetraError("SNAPSHOT_FAILED", message, {
    hint: "keep the snapshot on a file system that keeps modes, owners and times to the nanosecond",
  });
}
