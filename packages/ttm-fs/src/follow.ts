import { join } from "node:path/posix";
import {
  type FileSystem,
  isSystemError,
  makeFolders,
  readAll,
  systemError,
} from "@tetra/durable-fs";
import { makeBell } from "./bell.ts";
import type { Environment } from "./environment.ts";
import { FOLLOWER_LOCK, type Followers, parseChanges } from "./followers.ts";
import type { Later } from "./housekeeping.ts";
import { APPEND_LOCK, type FolderPaths, HIDDEN, transactionPaths } from "./layout.ts";

// The side of who follows; the rules are in `followers.ts`.

/** What following needs. */
export interface FollowParts {
  readonly env: Environment;
  readonly followers: Followers;
  readonly later?: Later | undefined;
  /** Every id there is. */
  readonly ids: () => readonly string[];
}

/** Keeps the process alive, as the watch does: whoever follows waits for something. */
const laterAwaited: Later = (run, ms) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

interface OwnFile {
  readonly fd: number;
  readonly inode: number;
  /** How much of it was read. */
  position: number;
}

/** A transaction that is about to change (F3). */
interface Pending {
  /** How many writers have said so and not said that it is over. */
  writers: number;
  /** How often it was looked since the first of them. */
  looks: number;
}

/** The kernel tells at once; what it does not tell is found by looking this often. */
const LOOK_MS = 1000;
/** Larger files are replaced (F4). */
const LARGE_BYTES = 1024 * 1024;
/** For so many looks a transaction may be about to be made. */
const MOST_LOOKS = 60;
const NEWLINE = 10;
const decoder = new TextDecoder();

/** Ids of transactions that change, from the first `next()` on, until the signal aborts. */
export async function* followChanges(
  parts: FollowParts,
  signal: AbortSignal,
): AsyncGenerator<string> {
  if (signal.aborted) return;
  const bell = makeBell();
  const news = new Set<string>();
  const failures: unknown[] = [];
  const endFollowing = follow(parts, {
    bring(id) {
      news.add(id);
      bell.ring();
    },
    fail(error) {
      failures.push(error);
      bell.ring();
    },
  });
  signal.addEventListener("abort", bell.ring, { once: true });
  try {
    while (!signal.aborted) {
      const quiet = bell.reset();
      for (const id of news) {
        news.delete(id);
        yield id;
        if (signal.aborted) return;
      }
      for (const error of failures) throw error;
      await quiet;
    }
  } finally {
    signal.removeEventListener("abort", bell.ring);
    endFollowing();
  }
}

interface Listener {
  readonly bring: (id: string) => void;
  readonly fail: (error: unknown) => void;
}

/** Follows until the returned function is called. */
function follow(
  { env, followers, later = laterAwaited, ids }: FollowParts,
  { bring, fail }: Listener,
): () => void {
  const { fs, root, random } = env;
  const folder = join(root, HIDDEN.follow);
  const name = random();
  const path = join(folder, name);
  const pending = new Map<string, Pending>();

  /** F1 */
  function makeFile(): OwnFile {
    for (;;) {
      try {
        const hidden = join(folder, `.${name}`);
        const fd = fs.open(hidden, "append");
        try {
          if (!fs.tryLock(fd, FOLLOWER_LOCK)) throw systemError("EAGAIN", "lock", hidden);
          fs.rename(hidden, path);
          return { fd, inode: fs.statOpen(fd).inode, position: 0 };
        } catch (error) {
          fs.close(fd);
          throw error;
        }
      } catch (error) {
        // not there yet, or whoever followed last has just removed it
        if (!isSystemError(error, "ENOENT")) throw error;
        makeFolders(fs, folder, { durable: false });
      }
    }
  }

  function watch(): () => void {
    try {
      return fs.watch(path, () => attempt(drain));
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return () => undefined; // no more watches to be had, or the file is gone: looking finds it out
    }
  }

  function lookLater(): () => void {
    return later(() => {
      attempt(look);
      cancelLook = lookLater();
    }, LOOK_MS);
  }

  function attempt(run: () => void): void {
    try {
      run();
    } catch (error) {
      fail(error);
    }
  }

  function drain(): void {
    readOn(file);
    if (file.position > LARGE_BYTES) replaceFile();
  }

  /** Reads what is new in a file. */
  function readOn(from: OwnFile): void {
    const bytes = readAll(fs, from.fd, from.position);
    const whole = bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1);
    from.position += whole.length;
    const changes = parseChanges(decoder.decode(whole));
    if (changes === undefined) return bringAll();
    for (const { type, id } of changes) {
      if (type === "about") expect(id);
      else hear(id);
    }
  }

  function expect(id: string): void {
    const known = pending.get(id);
    if (known === undefined) pending.set(id, { writers: 1, looks: 0 });
    else known.writers += 1;
  }

  function hear(id: string): void {
    const known = pending.get(id);
    if (known !== undefined) known.writers -= 1;
    if (known?.writers === 0) pending.delete(id);
    bring(id);
  }

  /** F4 */
  function replaceFile(): void {
    const old = file;
    endWatch();
    file = makeFile();
    endWatch = watch();
    readOn(old);
    fs.close(old.fd);
    readOn(file); // what came before it was watched
  }

  /** F5 */
  function bringAll(): void {
    for (const id of ids()) bring(id);
  }

  function look(): void {
    drain();
    if (fs.stat(path)?.inode !== file.inode) {
      replaceFile();
      bringAll();
    }
    for (const [id, known] of pending) {
      known.looks += 1;
      if (known.looks === 1) continue; // most often it is over before the next look
      const lock = lockOf(fs, transactionPaths(root, id)); // F3
      if (lock === "held" || (lock === "missing" && known.looks < MOST_LOOKS)) continue;
      pending.delete(id);
      bring(id);
    }
  }

  function end(): void {
    followers.remove(name);
    cancelLook();
    endWatch();
    try {
      if (fs.stat(path)?.inode === file.inode) fs.removeFile(path);
      fs.removeFolder(folder);
    } catch (error) {
      if (!isSystemError(error)) throw error; // others follow, or somebody was quicker
    } finally {
      fs.close(file.fd);
    }
  }

  let file = makeFile();
  let endWatch = watch();
  let cancelLook = lookLater();
  followers.add(name, bring); // F6
  attempt(drain); // what came before it was watched
  return end;
}

/** Whether somebody writes to a log: asked by a shared lock, which is dropped at once. */
function lockOf(fs: FileSystem, paths: FolderPaths): "held" | "free" | "missing" {
  let fd: number;
  try {
    fd = fs.open(paths.lock, "read");
  } catch (error) {
    if (isSystemError(error)) return "missing";
    throw error;
  }
  try {
    return fs.tryLock(fd, { ...APPEND_LOCK, shared: true }) ? "free" : "held";
  } finally {
    fs.close(fd);
  }
}
