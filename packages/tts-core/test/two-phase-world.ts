import { TetraError } from "@tetra/errors";
import type { Branch, Participant } from "../src/two-phase-commit/participant.ts";
import { type TwoPhaseCommit, twoPhaseCommit } from "../src/two-phase-commit/index.ts";
import type { TransactionStore } from "../src/ports.ts";
import { fakeClock, memoryStore, type MemoryStore } from "../src/testing/index.ts";
import type { TwoPhaseNotice } from "../src/two-phase-commit/index.ts";

/** How a resource behaves. */
export interface Behaviour {
  readonly kind: "yes" | "no" | "read-only" | "commits-itself" | "rolls-back-itself" | "one-phase";
  /** How often it is away once it has been asked to prepare. */
  readonly awayFor: number;
  /** At which call it stops and starts again, forgetting what it has not prepared. 0: never. */
  readonly restartsAt: number;
  /** Whether its unprepared work lives in the coordinator's process, and dies with it. */
  readonly isEmbedded: boolean;
}

/** A resource: what it promised survives everything, what it was merely told does not. */
export interface Cell {
  readonly name: string;
  readonly behaviour: Behaviour;
  readonly working: Set<string>;
  readonly prepared: Set<string>;
  readonly committed: Set<string>;
  readonly rolledBack: Set<string>;
  /** Branches it decided by itself. */
  readonly heuristic: Set<string>;
  calls: number;
  awayFor: number;
}

/** What happens to a process at one of its steps. */
export interface Fault {
  readonly at: number;
  readonly type: "die" | "lose-lease" | "io";
}

/** Everything in one schedule. */
export interface World {
  readonly store: MemoryStore;
  readonly cells: readonly Cell[];
  readonly violations: string[];
  readonly random: () => number;
}

const MOST_STEPS = 2000;

/** A process with a coordinator in it. */
export interface Process {
  readonly tpc: TwoPhaseCommit;
  readonly participants: readonly Participant[];
  /** Resolves when it has died. */
  readonly death: Promise<"dead">;
  /** Resolves when its fault has come over it. */
  readonly hit: Promise<unknown>;
  readonly notices: TwoPhaseNotice[];
  /** How many steps it has made. */
  steps(): number;
  kill(): void;
}

/** A generator of numbers from 0 to 1 that gives the same again for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function newWorld(behaviours: readonly Behaviour[], seed: number): World {
  const cells = behaviours.map((behaviour, at): Cell => ({
    name: `cell-${at}`,
    behaviour,
    working: new Set(),
    prepared: new Set(),
    committed: new Set(),
    rolledBack: new Set(),
    heuristic: new Set(),
    calls: 0,
    awayFor: 0,
  }));
  return { store: memoryStore(), cells, violations: [], random: seeded(seed) };
}

/** Starts a process that is hit by the fault. */
export function newProcess(world: World, fault?: Fault): Process {
  const store = world.store.reopen();
  const clock = fakeClock(Date.UTC(2026, 0, 1));
  const notices: TwoPhaseNotice[] = [];
  let steps = 0;
  let isDead = false;
  let die = (): void => undefined;
  const death = new Promise<"dead">((resolve) => {
    die = () => {
      resolve("dead");
    };
  });

  let beHit = (): void => undefined;
  const hit = new Promise<void>((resolve) => {
    beHit = resolve;
  });

  function kill(): void {
    isDead = true;
    void store.close(); // the kernel gives its leases back
    for (const cell of world.cells) if (cell.behaviour.isEmbedded) cell.working.clear();
    die();
  }

  /** One step: any other process may come first, and this one may be hit. */
  async function step(of: "store" | "participant"): Promise<void> {
    steps += 1;
    // a coordinator that goes round for ever would never let go of the event loop
    if (steps > MOST_STEPS) {
      world.violations.push("a process goes round and round");
      kill();
    }
    const at = steps;
    for (let turns = Math.floor(world.random() * 4); turns > 0; turns -= 1) await Promise.resolve();
    if (fault?.at === at && !isDead) {
      beHit();
      if (fault.type === "die") kill();
      if (fault.type === "lose-lease") {
        void store.close();
        // paused for long enough that others may come to an end in between
        for (let turns = world.random() * 400; turns > 0; turns -= 1) await Promise.resolve();
      }
      if (fault.type === "io" && of === "store") throw new TetraError("IO", "the disk failed");
    }
    if (isDead) await new Promise<never>(() => undefined); // what is dead never answers
  }

  const stepping =
    <Args extends unknown[], T>(of: "store" | "participant", call: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      await step(of);
      const result = await call(...args);
      await step(of);
      return result;
    };

  const slowStore: TransactionStore = {
    ...store,
    create: stepping("store", (...args) => store.create(...args)),
    append: stepping("store", (...args) => store.append(...args)),
    lease: stepping("store", (...args) => store.lease(...args)),
    read: stepping("store", (...args) => store.read(...args)),
    list: stepping("store", (...args) => store.list(...args)),
  };
  const participants = world.cells.map((cell) => participantOf(world, cell, stepping));
  const tpc = twoPhaseCommit({
    store: slowStore,
    clock,
    timer: {
      async until(atMs) {
        await step("participant");
        clock.advance(Math.max(0, atMs - clock.now()));
      },
    },
    random: world.random,
    onEvent: (notice) => notices.push(notice),
  });
  return { tpc, participants, death, hit, notices, steps: () => steps, kill };
}

type Stepping = <Args extends unknown[], T>(
  of: "participant",
  call: (...args: Args) => Promise<T>,
) => (...args: Args) => Promise<T>;

function participantOf(world: World, cell: Cell, stepping: Stepping): Participant {
  const { name, behaviour } = cell;
  const call = <T>(work: (branch: Branch) => Promise<T>): ((branch: Branch) => Promise<T>) =>
    stepping("participant", async (branch: Branch) => {
      cell.calls += 1;
      if (cell.calls === behaviour.restartsAt) {
        cell.working.clear();
        throw new Error(`${name} has stopped`);
      }
      return work(branch);
    });
  const beThere = (): void => {
    if (cell.awayFor === 0) return;
    cell.awayFor -= 1;
    throw new Error(`${name} is away`);
  };
  return {
    name,
    prepare: call(async ({ txn }) => {
      const others = [...cell.prepared].filter((id) => id !== txn);
      if (others.length > 0) world.violations.push(`${name}: ${txn} goes on beside ${others[0]}`);
      return prepare(cell, txn);
    }),
    commit: call(async ({ txn }) => {
      beThere();
      const isDecided = (await world.store.read(txn)).some(
        ({ event }) => event?.event === "decision" && event["outcome"] === "commit",
      );
      if (!isDecided) world.violations.push(`${name}: told to commit without a decision`);
      if (cell.rolledBack.has(txn)) throw heuristic(world, cell, txn);
      if (!cell.prepared.has(txn) && !cell.committed.has(txn)) {
        world.violations.push(`${name}: told to commit what it has not prepared`);
      }
      cell.prepared.delete(txn);
      cell.committed.add(txn);
    }),
    rollback: call(async ({ txn }) => {
      beThere();
      if (cell.committed.has(txn)) throw heuristic(world, cell, txn);
      cell.working.delete(txn);
      cell.prepared.delete(txn);
      cell.rolledBack.add(txn);
    }),
    recover: stepping("participant", async () => {
      beThere();
      return [...cell.prepared].map((txn) => ({ txn, participant: name }));
    }),
    writeSet: async () => [`cells/${name}`],
    ...(behaviour.kind === "one-phase"
      ? {
          onePhase: {
            commit: call(async ({ txn }) => {
              if (!cell.working.has(txn)) throw new Error(`${name} knows no such work`);
              cell.working.delete(txn);
              cell.committed.add(txn);
              beThere(); // it is done, but the answer is lost
            }),
            isCommitted: call(async ({ txn }) => {
              beThere();
              return cell.committed.has(txn);
            }),
          },
        }
      : {}),
  };
}

function prepare(cell: Cell, txn: string): "yes" | "read-only" {
  const { name, behaviour } = cell;
  if (cell.prepared.has(txn)) return "yes";
  if (!cell.working.delete(txn)) throw new Error(`${name} knows no such work`);
  cell.awayFor = behaviour.awayFor;
  switch (behaviour.kind) {
    case "no":
      throw new Error(`${name} refuses`);
    case "read-only":
      return "read-only";
    case "commits-itself":
      cell.committed.add(txn);
      cell.heuristic.add(txn);
      return "yes";
    case "rolls-back-itself":
      cell.rolledBack.add(txn);
      cell.heuristic.add(txn);
      return "yes";
    case "yes":
    case "one-phase":
      cell.prepared.add(txn);
      return "yes";
  }
}

/** A sole participant may find itself committed; any other must have decided by itself. */
function heuristic(world: World, cell: Cell, txn: string): TetraError {
  if (!cell.heuristic.has(txn) && cell.behaviour.kind !== "one-phase") {
    world.violations.push(`${cell.name}: told both to commit and to roll back`);
  }
  return new TetraError("HEURISTIC", `${cell.name} has decided otherwise`);
}
