import { TetraError } from "@tetra/errors";
import { execute, fileContent, type PlanLevel, pushFolder, type SizedContent } from "@tetra/tes";
import { createHash, type Hash } from "node:crypto";
import { type Stats, statSync } from "node:fs";
import { basename } from "node:path";
import type { App } from "../app.ts";
import type { TtmErrorCode } from "../errors.ts";
import type { Ended, Running } from "../run/whole-transaction.ts";
import { recordOfPlan } from "../tes/place.ts";
import { planIn, type Reach } from "../tes/reach.ts";
import { digestHere } from "./digest-here.ts";
import { type FarPath, farDigest } from "./far-digest.ts";
import { compared, interruptible } from "./interruptible.ts";

/** A file or folder that is to be put somewhere. */
export interface PushOrder {
  readonly source: string;
  readonly to: FarPath;
  readonly plan: PlanLevel;
  readonly reach: Reach;
}

/**
 * Looks at what is to be pushed, and resolves where.
 * @throws TetraError `NOT_FOUND`, or a `ResolveErrorCode`
 */
export function pushOrder(
  source: string,
  to: FarPath,
  { reach, makeFolders }: { readonly reach: Reach; readonly makeFolders: boolean },
): PushOrder {
  const stats = statsOf(source);
  const isInside = to.path.endsWith("/");
  const place = isInside ? { ...to, path: `${to.path}${basename(source)}` } : to;
  const kind = stats.isDirectory() ? "folder" : "file";
  const mode = (stats.mode & 0o777).toString(8).padStart(4, "0");
  const plan = planIn(reach, to.symbol, {
    path: place.path,
    deed: { operation: "write", kind, ...(kind === "file" ? { mode, makeFolders } : {}) },
  });
  return { source, to: place, plan, reach };
}

/** Puts it there, and compares what is there then. */
export async function carryOutPush(
  running: Running,
  order: PushOrder,
  allowed: string,
): Promise<Ended> {
  const { id, manager } = running;
  const { source, to, plan, reach } = order;
  const begun = { source, destination: `${to.symbol}:${to.path}`, ...recordOfPlan(plan, allowed) };
  await manager.update(id, { push: begun });
  await manager.transition("EXECUTE", id);
  return interruptible("push", running, async (signal) => {
    const sent = await send(order, running.app, signal);
    await manager.update(id, { push: { ...begun, ...sent } });
    await manager.transition("VALIDATE", id);
    const there = await farDigest(to, reach, signal);
    await manager.update(id, { push: { ...begun, ...sent, far_sha256: there.sha256 } });
    return compared(sent.sha256, there.sha256);
  });
}

interface Sent {
  readonly sha256: string;
  /** Of a file. */
  readonly bytes?: number;
}

async function send(
  { source, plan, reach }: PushOrder,
  { progress }: App,
  signal: AbortSignal,
): Promise<Sent> {
  const { deed } = plan.binding;
  if ("kind" in deed && deed.kind === "folder") {
    const sha256 = await digestHere(source);
    await pushFolder(plan, source, { ...reach.connection, signal });
    return { sha256 };
  }
  const hash = createHash("sha256");
  const content = await fileContent(source);
  const { bytes } = content;
  await execute(plan, {
    ...reach.connection,
    signal,
    content: observed(content, hash, (done) => progress.show("push", done, bytes)),
  });
  return { sha256: hash.digest("hex"), bytes };
}

/** Content whose digest is that of what was really sent. */
function observed(
  { bytes, chunks }: SizedContent,
  hash: Hash,
  tell: (done: number) => void,
): SizedContent {
  async function* passing(): AsyncGenerator<Uint8Array> {
    let done = 0;
    for await (const chunk of chunks) {
      hash.update(chunk);
      done += chunk.length;
      tell(done);
      yield chunk;
    }
  }
  return { bytes, chunks: passing() };
}

function statsOf(source: string): Stats {
  const stats = statSync(source, { throwIfNoEntry: false });
  if (stats?.isFile() === true || stats?.isDirectory() === true) return stats;
  throw new TetraError<TtmErrorCode>("NOT_FOUND", `push: ${source}: no such file or folder`, {
    hint: "look at the path",
    details: { path: source },
  });
}
