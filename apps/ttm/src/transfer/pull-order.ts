import { flushFolder, nodeFileSystem } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import { execute, type PlanLevel, pullFolder } from "@tetra/tes";
import { createHash, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Writable } from "node:stream";
import type { TtmErrorCode } from "../errors.ts";
import type { Ended, Running } from "../run/whole-transaction.ts";
import { recordOfPlan } from "../tes/place.ts";
import { planIn, type Reach } from "../tes/reach.ts";
import { digestHere } from "./digest-here.ts";
import { type FarPath, farDigest } from "./far-digest.ts";
import { compared, interruptible } from "./interruptible.ts";

/** A file or folder that is to be fetched. */
export interface PullOrder {
  readonly from: FarPath;
  /** Where it shall be. */
  readonly destination: string;
  readonly reach: Reach;
}

/** Where something pulled goes: into a folder that is there, else exactly where it was said. */
export function pullDestination({ path }: FarPath, given: string | undefined): string {
  const name = basename(path);
  if (given === undefined) return name;
  const isInside = statSync(given, { throwIfNoEntry: false })?.isDirectory() === true;
  return isInside || given.endsWith("/") ? join(given, name) : given;
}

/** Fetches it beside its destination, compares, and only then puts it in its place. */
export async function carryOutPull(running: Running, order: PullOrder): Promise<Ended> {
  const { id, manager } = running;
  const { from, destination, reach } = order;
  return interruptible("pull", running, async (signal) => {
    const { kind, sha256: far_sha256 } = await farDigest(from, reach, signal);
    const plan = planIn(reach, from.symbol, {
      path: from.path,
      deed: { operation: "read", kind },
    });
    const begun = {
      source: `${from.symbol}:${from.path}`,
      destination,
      ...recordOfPlan(plan, "it only reads"),
      far_sha256,
    };
    await manager.update(id, { pull: begun });
    await manager.transition("EXECUTE", id);
    checkDestination(destination, kind);
    const beside = join(
      dirname(destination),
      `.${basename(destination)}.ttm-${randomBytes(6).toString("hex")}`,
    );
    try {
      const sha256 =
        kind === "folder"
          ? await fetchFolder(plan, beside, { reach, signal })
          : await fetchFile(plan, beside, { reach, signal, mode: modeOf(destination) });
      await manager.update(id, { pull: { ...begun, sha256 } });
      await manager.transition("VALIDATE", id);
      const ended = compared(sha256, far_sha256);
      if (ended.reason === undefined) {
        renameSync(beside, destination);
        flushFolder(nodeFileSystem(), dirname(destination));
      }
      return ended;
    } finally {
      rmSync(beside, { recursive: true, force: true });
    }
  });
}

interface Way {
  readonly reach: Reach;
  readonly signal: AbortSignal;
}

async function fetchFolder(
  plan: PlanLevel,
  beside: string,
  { reach, signal }: Way,
): Promise<string> {
  await pullFolder(plan, beside, { ...reach.connection, signal });
  return digestHere(beside);
}

async function fetchFile(
  plan: PlanLevel,
  beside: string,
  { reach, signal, mode }: Way & { readonly mode: number },
): Promise<string> {
  const hash = createHash("sha256");
  const fd = openSync(beside, "wx", mode);
  try {
    const stdout = new Writable({
      write(chunk: Uint8Array, _encoding, done) {
        hash.update(chunk);
        for (let left = chunk; left.length > 0;) left = left.subarray(writeSync(fd, left));
        done();
      },
    });
    await execute(plan, { ...reach.connection, signal, stdout });
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return hash.digest("hex");
}

/** The mode of the file that will be replaced; of a new one, what the umask leaves. */
function modeOf(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? 0o666 : stats.mode & 0o777;
}

/** @throws TetraError `EXISTS` */
function checkDestination(destination: string, kind: "file" | "folder"): void {
  const stats = statSync(destination, { throwIfNoEntry: false });
  if (stats === undefined || (kind === "file" && stats.isFile())) return;
  throw new TetraError<TtmErrorCode>("EXISTS", `${destination}: something is there already`, {
    hint: "name another place, or remove it",
    details: { path: destination },
  });
}
