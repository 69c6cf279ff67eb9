import { systemError } from "../system-error.ts";
import type { FileInode, FolderInode, Inode } from "./inode.ts";
import { LockTable } from "./lock-table.ts";
import type { Storage } from "./storage.ts";

/** What a simulated process throws, in whatever it calls, once it has been stopped. */
export class SimulatedCrash extends Error {
  override readonly name: string = "SimulatedCrash";
  /** The process that was stopped. */
  readonly process: string;

  constructor(process: string) {
    super(`the simulated process ${process} has been stopped`);
    this.process = process;
  }
}

/** One call of one process. */
export interface Operation {
  /** Counted from 0 over all processes of the disk. */
  readonly index: number;
  readonly process: string;
  /**
   * The function of `FileSystem`; what happens when a promise is about to resolve is an operation of
   * its own, such as `flushLater done`.
   */
  readonly name: string;
  /** For a call on a descriptor: the path that was opened. Two for renames: `/a -> /b`. */
  readonly path: string;
  /** Whether it changes what a crash leaves; reading, closing and locking do not. */
  readonly changes: boolean;
  /** How many bytes a write was given. */
  readonly bytes: number;
}

/** An open file: what the kernel calls a file description. */
export interface OpenFile {
  readonly process: Process;
  readonly path: string;
  readonly inode: FileInode | FolderInode;
  readonly writable: boolean;
  readonly append: boolean;
  position: number;
}

/** A process as the machine sees it. */
export interface Process {
  readonly name: string;
  readonly files: Map<number, OpenFile>;
  isDead: boolean;
}

interface Watcher {
  readonly process: Process;
  readonly inode: Inode;
  /** What a watch on a file calls it. */
  readonly name: string;
  readonly onChange: (name: string | undefined) => void;
}

/** What may go wrong, and when. */
export interface Plan {
  /** Stops the process that makes this operation. */
  crashAt: number | undefined;
  /** When that is a write: after so many of its bytes, instead of before it. */
  torn: number | undefined;
  /** Error codes by operation index. */
  readonly failures: Map<number, string>;
  failWhen: ((operation: Operation) => string | undefined) | undefined;
  /** How many of `length` bytes a write takes. */
  readonly shorten: (length: number) => number;
  /** What an asynchronous operation waits for. */
  readonly pause: () => Promise<void>;
}

/** The running part of a simulated disk: processes, locks, watches, and the plan of faults. */
export class Machine {
  readonly storage: Storage;
  readonly plan: Plan;
  readonly trace: Operation[] = [];
  readonly #processes = new Map<string, Process>();
  readonly #locks = new WeakMap<Inode, LockTable<OpenFile>>();
  readonly #watchers = new Set<Watcher>();

  constructor(storage: Storage, plan: Plan) {
    this.storage = storage;
    this.plan = plan;
  }

  process(name: string): Process {
    const known = this.#processes.get(name);
    if (known !== undefined) return known;
    const process: Process = { name, files: new Map(), isDead: false };
    this.#processes.set(name, process);
    return process;
  }

  kill(process: Process): void {
    process.isDead = true;
    for (const watcher of this.#watchers) {
      if (watcher.process === process) this.#watchers.delete(watcher);
    }
    for (const fd of process.files.keys()) {
      this.close(process, fd, () => new SimulatedCrash(process.name));
    }
  }

  /**
   * Every call starts here: counts it, and stops the process or fails as planned.
   * @returns after how many bytes to stop it, when that is planned.
   */
  begin(
    process: Process,
    name: string,
    { path, changes = false, bytes = 0 }: { path: string; changes?: boolean; bytes?: number },
  ): number | undefined {
    this.assertAlive(process);
    const index = this.trace.length;
    const { plan } = this;
    const isTorn = plan.torn !== undefined && name === "write";
    if (plan.crashAt === index && !isTorn) {
      plan.crashAt = undefined;
      this.kill(process);
      throw new SimulatedCrash(process.name);
    }
    const operation = { index, process: process.name, name, path, changes, bytes };
    this.trace.push(operation);
    const code = plan.failures.get(index) ?? plan.failWhen?.(operation);
    if (code !== undefined) throw systemError(code, name, path);
    return plan.crashAt === index ? plan.torn : undefined;
  }

  assertAlive(process: Process): void {
    if (process.isDead) throw new SimulatedCrash(process.name);
  }

  /** Lets others run; the process may be dead afterwards. */
  async pause(process: Process): Promise<void> {
    await this.plan.pause();
    this.assertAlive(process);
  }

  locksOf(inode: Inode): LockTable<OpenFile> {
    const known = this.#locks.get(inode);
    if (known !== undefined) return known;
    const locks = new LockTable<OpenFile>();
    this.#locks.set(inode, locks);
    return locks;
  }

  close(process: Process, fd: number, reason: () => Error): void {
    const file = process.files.get(fd);
    if (file === undefined) throw systemError("EBADF", "close");
    process.files.delete(fd);
    this.locksOf(file.inode).drop(file, reason);
    if (file.inode.kind === "file") {
      file.inode.opens -= 1;
      this.storage.releaseIfUnused(file.inode);
    }
  }

  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
    };
  }

  /** Tells those who watch `inode` or a folder that has it. */
  notifyContent(inode: Inode): void {
    if (this.#watchers.size === 0) return;
    for (const watcher of this.#watchers) {
      if (watcher.inode === inode) this.#tell(watcher, watcher.name);
      if (watcher.inode.kind !== "folder") continue;
      for (const [name, entry] of watcher.inode.entries) {
        if (entry === inode) this.#tell(watcher, name);
      }
    }
  }

  /** Tells those who watch `folder`, or what has or had that name. */
  notifyEntry(folder: FolderInode, name: string, inodes: readonly (Inode | undefined)[]): void {
    if (this.#watchers.size === 0) return;
    for (const watcher of this.#watchers) {
      if (watcher.inode === folder) this.#tell(watcher, name);
      else if (inodes.includes(watcher.inode)) this.#tell(watcher, watcher.name);
    }
  }

  #tell(watcher: Watcher, name: string): void {
    queueMicrotask(() => {
      if (this.#watchers.has(watcher)) watcher.onChange(name);
    });
  }
}
