import { basename, join } from "node:path/posix";
import {
  digestFile,
  digestTree,
  type FileSystem,
  isSystemError,
  flushFolder,
  flushTree,
  isTemporaryName,
  type LockRange,
  removeTree,
  tryLockFile,
} from "@tetra/durable-fs";
import { isTetraError } from "@tetra/errors";
import { type ContextEntry, decide, STANDARD } from "@tetra/tts-core";
import { clearActive, isDangling } from "./active-link.ts";
import { namesIn, temporaryFiles } from "./blob-files.ts";
import type { CommitQueue } from "./commit-queue.ts";
import { INCOMING, listContext, sweepIncoming } from "./context-files.ts";
import {
  ACTIVE,
  APPEND_LOCK,
  type FolderPaths,
  folderPaths,
  HIDDEN,
  LEASE_LOCK,
  transactionPaths,
} from "./layout.ts";
import { lastRunner } from "./leases.ts";
import { readLines } from "./log-watch.ts";
import { missingParts, sweepNursery } from "./new-folder.ts";
import { replayDead } from "./replay-all.ts";
import { replayParts } from "./replay.ts";
import type { Finding, RecoveryReport } from "./store-api.ts";
import { storeError } from "./store-error.ts";
import { peek, type View } from "./view.ts";
import { adopt, appendNow, type WriteParts, writeState } from "./write-path.ts";

/** Byte 0 of a journal, and of a follower's file, is locked while its owner lives. */
const OWNER_LOCK = { offset: 0, length: 1 } as const;

/** The stage in which a runner is at work. */
const CARRIED_OUT = "EXECUTE";

/** What looking after a whole store needs. */
export interface RecoveryParts {
  readonly write: WriteParts;
  readonly queue: CommitQueue;
  /** Every id, as the folder has it. */
  readonly ids: () => Promise<readonly string[]>;
}

/** Puts everything right that crashes and other tools can have left. */
export async function recoverStore(parts: RecoveryParts): Promise<RecoveryReport> {
  const { write, queue } = parts;
  const { env } = write;
  const beside = leftBeside(env.fs, env.root);
  for (const path of beside) removeTree(env.fs, path);
  const swept = [
    ...beside,
    ...sweepNursery(env),
    ...sweepUnlocked(env, HIDDEN.journal, isHidden),
    ...sweepUnlocked(env, HIDDEN.follow),
  ];
  const { journals, failures } = await replayDead({ write, queue });
  const repaired: { id: string; what: string }[] = [];
  if (isDangling(env)) {
    clearActive(env);
    swept.push(join(env.root, ACTIVE));
  }
  const ids = await parts.ids();
  let [failure] = failures;
  for (const [at, id] of ids.entries()) {
    env.onProgress({ job: "recover", done: at, total: ids.length });
    try {
      swept.push(...sweepIncoming(env.fs, transactionPaths(env.root, id)));
      for (const what of await repairOne(parts, id)) repaired.push({ id, what });
    } catch (error) {
      // one that cannot be mended does not keep the others from it, and is told of in the end
      const told = storeError(id, error);
      if (!isTetraError(told)) throw told;
      if (told.code !== "NOT_FOUND") failure ??= told; // put away meanwhile
    }
  }
  env.onProgress({ job: "recover", done: ids.length, total: ids.length });
  if (failure !== undefined) throw failure;
  return { journals, swept, repaired };
}

async function repairOne({ write, queue }: RecoveryParts, id: string): Promise<readonly string[]> {
  const { env } = write;
  const { fs } = env;
  const paths = transactionPaths(env.root, id);
  const before = peek(fs, id, paths);
  const digested = await digestUnrecorded(write, id, before);
  return await queue.alone(id, (tx, view) => {
    const done: string[] = [];
    if (before?.damage !== undefined) done.push(`cut a ${before.damage} end off the log`);
    if (view.adoption !== undefined) {
      adopt(write, tx, { view, atMs: env.nowMs() });
      done.push("recorded what another tool changed");
    }
    for (const { file, digest, bytes } of digested) {
      const atMs = env.nowMs();
      const { transaction } = tx.view ?? view;
      if (transaction.evidence.some((known) => known.file === file)) continue;
      const command = { type: "add-evidence", file, source: "", digest, bytes, atMs } as const;
      appendNow(write, tx, decide(transaction, command, STANDARD));
      done.push(`recorded the evidence ${file}`);
    }
    if (view.transaction.startedMs !== undefined) {
      for (const path of replayParts(env, tx)) done.push(`made ${path} again`);
    }
    for (const path of leftTemporary(fs, paths)) {
      removeTree(fs, path);
      done.push(`removed ${basename(path)}`);
    }
    const current = tx.view ?? view;
    if (current.stale) {
      writeState(write, tx);
      done.push("wrote state.json again");
    }
    return done;
  });
}

/** Visible evidence that no event names: a crash, or another tool, left it so. It is adopted. */
function unrecorded(
  fs: FileSystem,
  paths: FolderPaths,
  view: View | undefined,
): readonly ContextEntry[] {
  const known = new Set(view?.transaction.evidence.map(({ file }) => file));
  return listContext(fs, paths).filter(
    ({ name }) => !known.has(name) && /^[1-9][0-9]{2,}_/.test(name),
  );
}

async function digestUnrecorded(
  { env }: WriteParts,
  id: string,
  view: View | undefined,
): Promise<readonly { file: string; digest: string; bytes: number }[]> {
  const { fs } = env;
  const paths = transactionPaths(env.root, id);
  const found: { file: string; digest: string; bytes: number }[] = [];
  for (const { name, kind, bytes } of unrecorded(fs, paths, view)) {
    const path = join(paths.context, name);
    await flushTree(fs, path);
    const digest = await (kind === "folder" ? digestTree : digestFile)(fs, path);
    found.push({ file: name, digest, bytes });
  }
  if (found.length > 0) flushFolder(fs, paths.context); // before an event says that they are there
  return found;
}

/** Not yet put in its place. */
const isHidden = (name: string): boolean => name.startsWith(".");

/** Removes files whose owner is dead: journals not yet in their place, and what told who followed. */
function sweepUnlocked(
  { fs, root }: WriteParts["env"],
  hidden: string,
  which: (name: string) => boolean = () => true,
): readonly string[] {
  const folder = join(root, hidden);
  return namesIn(fs, folder)
    .filter(which)
    .flatMap((name) => {
      const path = join(folder, name);
      const lock = tryLockFile(fs, path, OWNER_LOCK);
      if (lock === undefined) return [];
      fs.removeFile(path);
      lock.release();
      return [path];
    });
}

/** Looks for what is wrong, changing nothing. */
export async function diagnoseStore({ write, ids }: RecoveryParts): Promise<readonly Finding[]> {
  const { env, dead, journal } = write;
  const { fs, root } = env;
  const findings: Finding[] = [];
  const recover = "run recover";
  const stat = fs.stat(root);
  if (stat === undefined)
    return [{ level: "warning", what: `${root} does not exist`, fix: "run init" }];
  if ((stat.mode & 0o077) !== 0) {
    findings.push({
      level: "warning",
      what: `${root} can be read by others (mode ${stat.mode.toString(8)})`,
      fix: `chmod 700 ${root}`,
    });
  }
  const journals = dead.find(journal.name).length;
  if (journals > 0) {
    findings.push({
      level: "problem",
      what: `${journals} journal(s) of dead writers`,
      fix: recover,
    });
  }
  if (isDangling(env)) {
    findings.push({ level: "warning", what: "the active link points at nothing", fix: recover });
  }
  const left = [
    ...leftBeside(fs, root),
    ...leftIn(fs, join(root, HIDDEN.new)),
    ...leftUnlocked(fs, join(root, HIDDEN.journal), isHidden),
    ...leftUnlocked(fs, join(root, HIDDEN.follow)),
  ];
  for (const path of left) {
    findings.push({ level: "warning", what: `a dead process left ${path}`, fix: recover });
  }
  const all = await ids();
  for (const id of all) findings.push(...diagnoseOne(write, id));
  const problems = findings.filter(({ level }) => level === "problem").length;
  findings.push({
    level: "ok",
    what: `${all.length} transaction(s) looked at, ${problems} problem(s)`,
  });
  return findings;
}

function diagnoseOne(write: WriteParts, id: string): readonly Finding[] {
  const { folder } = transactionPaths(write.env.root, id);
  try {
    return diagnoseReadable(write, id);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return [{ level: "problem", id, what: `${id}: ${error.message}`, fix: `look into ${folder}` }];
  }
}

function diagnoseReadable({ env }: WriteParts, id: string): readonly Finding[] {
  const { fs, root } = env;
  const paths = transactionPaths(root, id);
  const view = peek(fs, id, paths);
  const fix = "run recover";
  if (view === undefined) {
    return [
      { level: "problem", id, what: "holds no transaction", fix: `look into ${paths.folder}` },
    ];
  }
  const findings: Finding[] = [];
  if (view.damage !== undefined) {
    findings.push({ level: "problem", id, what: `the end of the log is ${view.damage}`, fix });
  }
  if (view.adoption !== undefined) {
    findings.push({ level: "warning", id, what: "another tool changed it", fix });
  } else if (view.stale) {
    findings.push({ level: "warning", id, what: "state.json is behind the log", fix });
  }
  const left = [...leftIncoming(fs, paths), ...leftTemporary(fs, paths)];
  for (const path of left) {
    findings.push({ level: "warning", id, what: `${id}: a dead process left ${path}`, fix });
  }
  if (view.transaction.startedMs !== undefined) {
    for (const path of missingParts(fs, paths)) {
      findings.push({ level: "warning", id, what: `${id}: ${path} is missing`, fix });
    }
  }
  for (const { name } of unrecorded(fs, paths, view)) {
    findings.push({
      level: "warning",
      id,
      what: `${id}: no event tells of the evidence ${name}`,
      fix,
    });
  }
  findings.push(...abandoned(fs, paths, view));
  const present = new Set(listContext(fs, paths).map(({ name }) => name));
  for (const { file } of view.transaction.evidence) {
    if (present.has(file)) continue;
    const what = `the evidence ${file} is gone from ctx/`;
    findings.push({ level: "warning", id, what, fix: "add it again, or note why it went" });
  }
  return findings;
}

/** A transaction that a runner had begun to carry out, and that nobody carries on. */
function abandoned(fs: FileSystem, paths: FolderPaths, view: View): readonly Finding[] {
  const { id, state, fence } = view.transaction;
  if (state.stage !== CARRIED_OUT || fence === 0) return [];
  if (!isDead(fs, paths.lock, LEASE_LOCK)) return [];
  const lines = readLines(fs, paths);
  const runner = lastRunner(lines);
  const isSaga = lines.some(({ event }) => event?.event === "saga_defined");
  const fix = isSaga
    ? `ttm saga resume ${id}, or ttm worker`
    : `ttm fail ${id}, then do it again with ttm run`;
  const what = `its runner${runner === undefined ? "" : ` (${runner})`} died`;
  return [{ level: "warning", id, what, fix }];
}

/** What dead processes left among the hidden folders of transactions. */
function leftIn(fs: FileSystem, nursery: string): readonly string[] {
  return namesIn(fs, nursery)
    .map((name) => join(nursery, name))
    .filter((path) => isDead(fs, folderPaths(path).lock, APPEND_LOCK));
}

/** Files whose owner is dead. */
function leftUnlocked(
  fs: FileSystem,
  folder: string,
  which: (name: string) => boolean = () => true,
): readonly string[] {
  return namesIn(fs, folder)
    .filter(which)
    .map((name) => join(folder, name))
    .filter((path) => isDead(fs, path, OWNER_LOCK));
}

function leftIncoming(fs: FileSystem, { context }: FolderPaths): readonly string[] {
  if (fs.stat(context)?.kind !== "folder") return [];
  return namesIn(fs, context)
    .filter((name) => name.startsWith(INCOMING))
    .map((name) => join(context, name))
    .filter((path) => isDead(fs, join(path, "lock"), { offset: 0, length: 1 }));
}

/** Written under the append lock: whoever has it knows that the writer is dead. */
function leftTemporary(fs: FileSystem, { folder, artifacts }: FolderPaths): readonly string[] {
  return [...temporaryIn(fs, folder), ...temporaryFiles(fs, artifacts)];
}

/** New versions of the active link and of the cache: whoever misses one makes it again. */
function leftBeside(fs: FileSystem, root: string): readonly string[] {
  return [root, join(root, HIDDEN.index)].flatMap((folder) => temporaryIn(fs, folder));
}

function temporaryIn(fs: FileSystem, folder: string): readonly string[] {
  return namesIn(fs, folder)
    .filter(isTemporaryName)
    .map((name) => join(folder, name));
}

/** Whether nobody holds a lock: asked by a shared one, which changes nothing and is dropped at once. */
function isDead(fs: FileSystem, path: string, range: LockRange): boolean {
  let fd: number;
  try {
    fd = fs.open(path, "read");
  } catch (error) {
    if (isSystemError(error)) return true; // killed before it had its lock
    throw error;
  }
  try {
    return fs.tryLock(fd, { ...range, shared: true });
  } finally {
    fs.close(fd);
  }
}
