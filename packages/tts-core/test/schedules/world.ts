import { TetraError } from "@tetra/errors";
import type { Action, ActionCall } from "../../src/saga/action.ts";
import { type Sagas, sagas } from "../../src/saga/sagas.ts";
import type { Clock, Lease, Timer, TransactionStore } from "../../src/ports.ts";
import { type MemoryStore, memoryStore } from "../../src/testing/memory-store.ts";
import type { Direction } from "./chronicle.ts";
import type { Random } from "./random.ts";

/** A process that works with the store. */
export interface Process {
  readonly name: string;
  readonly sagas: Sagas;
  readonly timer: Timer;
  /** Waits until the schedule lets it go on. */
  pass(label: string): Promise<void>;
  /** It is gone: nothing of it goes on, and its leases are free. */
  crash(): void;
  /** Its lease is free, and it does not know. */
  expel(): Promise<void>;
  readonly isDead: () => boolean;
  /** Whether it has a lease, and since when (milliseconds since the epoch). */
  readonly drivesSince: () => number | undefined;
  /** How many leases it has had. */
  readonly drives: () => number;
}

/** Somebody who waits to be let on. */
export interface Gate {
  readonly process: Process;
  readonly label: string;
  /** Lets it go on. */
  open(): void;
  /** The operation fails instead; absent where nothing can fail. */
  readonly fail?: () => void;
}

interface Alarm {
  readonly process: Process;
  readonly atMs: number;
  wake(): void;
}

/** Processes, their store and their clock, all of which go on only when they are let. */
export interface World {
  readonly clock: Clock;
  /** The store as nobody's process sees it. */
  readonly base: MemoryStore;
  readonly gates: Gate[];
  readonly alarms: Set<Alarm>;
  /** Who follows a log right now. */
  readonly watchers: Set<Process>;
  /** Lets time pass until the next moment that somebody waits for. @returns whether anybody does. */
  advance(): boolean;
  start(name: string): Process;
}

/** What happens in a world that others want to know. */
export interface WorldParts {
  readonly startMs: number;
  readonly graceMs: number;
  readonly secret: string;
  readonly random: Random;
  /** Something was written to this transaction's log. */
  readonly written: (id: string) => Promise<void>;
  readonly stored: (name: string, bytes: Uint8Array) => void;
  readonly act: (process: Process, direction: Direction, call: ActionCall) => unknown;
}

/** Makes a world in which nobody is yet. */
export function world(parts: WorldParts): World {
  const { random, secret, graceMs, written, stored, act } = parts;
  let nowMs = parts.startMs;
  const base = memoryStore();
  const gates: Gate[] = [];
  const alarms = new Set<Alarm>();
  const watchers = new Set<Process>();
  const clock: Clock = { now: () => nowMs, offsetMinutes: () => 0 };

  function start(name: string): Process {
    const inner = base.reopen();
    const leases = new Set<Lease>();
    let isDead = false;
    let drivesSince: number | undefined;
    let drives = 0;

    const pass = (label: string, fail?: () => void): Promise<void> =>
      new Promise((resolve) => {
        if (isDead) return;
        gates.push({ process, label, open: resolve, ...(fail === undefined ? {} : { fail }) });
      });

    /** A gate where the disk may fail. */
    const passDisk = (label: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const fail = (): void => reject(new TetraError("IO", `the disk failed (${label})`));
        void pass(label, fail).then(resolve);
      });

    async function write<T>(label: string, id: string, change: () => Promise<T>): Promise<T> {
      await passDisk(`${label}?`);
      const [outcome] = await Promise.allSettled([change()]);
      await written(id);
      await passDisk(`${label}!`);
      if (outcome.status === "rejected") throw outcome.reason;
      return outcome.value;
    }

    async function read<T>(label: string, look: () => Promise<T>): Promise<T> {
      await passDisk(`${label}?`);
      const seen = await look();
      await pass(`${label}!`);
      return seen;
    }

    /** A store that fails after it took a lease gives it back. */
    async function leasing(label: string, id: string, take: () => Promise<Lease>): Promise<Lease> {
      const taken: Lease[] = [];
      try {
        return await write(label, id, async () => {
          const lease = await take();
          taken.push(lease);
          return leased(lease);
        });
      } catch (error) {
        for (const lease of taken) {
          drivesSince = undefined;
          await lease.release();
        }
        throw error;
      }
    }

    function leased(lease: Lease): Lease {
      leases.add(lease);
      drivesSince = nowMs;
      drives += 1;
      return {
        ...lease,
        async release() {
          drivesSince = undefined;
          await pass("release?");
          leases.delete(lease);
          await lease.release();
          await pass("release!");
        },
      };
    }

    const store: TransactionStore = {
      ...inner,
      create: (id, events) => write("create", id, () => inner.create(id, events)),
      createLeased: (id, events, runner, options) =>
        leasing("createLeased", id, () => inner.createLeased(id, events, runner, options)),
      append: (id, revision, events, options) =>
        write("append", id, () => inner.append(id, revision, events, options)),
      lease: (id, runner, options) => leasing("lease", id, () => inner.lease(id, runner, options)),
      read: (id, from) => read("read", () => inner.read(id, from)),
      load: (id) => read("load", () => inner.load(id)),
      readArtifact: (id, file) => read("readArtifact", () => inner.readArtifact(id, file)),
      putArtifact: (id, file, bytes) =>
        write("putArtifact", id, () => {
          stored(file, bytes);
          return inner.putArtifact(id, file, bytes);
        }),
      async *watch(id, options) {
        watchers.add(process);
        try {
          for await (const line of inner.watch(id, options)) {
            await pass("watch");
            yield line;
          }
          if (isDead) await new Promise(() => {});
        } finally {
          watchers.delete(process);
        }
      },
    };

    const timer: Timer = {
      until: (atMs, signal) =>
        new Promise((resolve) => {
          if (isDead) return;
          const wake = (): void => {
            alarms.delete(alarm);
            signal.removeEventListener("abort", wake);
            resolve();
          };
          const alarm: Alarm = { process, atMs, wake };
          if (atMs <= nowMs || signal.aborted) return resolve();
          alarms.add(alarm);
          signal.addEventListener("abort", wake);
        }),
    };

    const action =
      (direction: Direction): Action =>
      (call) =>
        act(process, direction, call);
    const actions = new Map([
      ["do", action("forward")],
      ["undo", action("back")],
    ]);

    const process: Process = {
      name,
      sagas: sagas({
        store,
        clock,
        timer,
        graceMs,
        runner: name,
        random: random.next,
        actions: { find: (wanted) => actions.get(wanted) },
        secrets: {
          async read() {
            await pass("secret");
            return secret;
          },
        },
      }),
      timer,
      pass,
      crash() {
        isDead = true;
        drivesSince = undefined;
        gates.splice(0, gates.length, ...gates.filter((gate) => gate.process !== process));
        for (const alarm of alarms) if (alarm.process === process) alarms.delete(alarm);
        watchers.delete(process);
        void inner.close();
      },
      async expel() {
        for (const lease of leases) await lease.release();
      },
      isDead: () => isDead,
      drivesSince: () => drivesSince,
      drives: () => drives,
    };
    return process;
  }

  return {
    clock,
    base,
    gates,
    alarms,
    watchers,
    start,
    advance() {
      if (alarms.size === 0) return false;
      nowMs = Math.max(nowMs, Math.min(...[...alarms].map(({ atMs }) => atMs)));
      for (const alarm of alarms) if (alarm.atMs <= nowMs) alarm.wake();
      return true;
    },
  };
}
