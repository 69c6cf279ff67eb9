import { isTetraError, TetraError } from "@tetra/errors";
import { type EvidenceList, evidenceList } from "./context/evidence.ts";
import { notFound, type TtsErrorCode } from "./errors.ts";
import { newIds } from "./new-id.ts";
import type {
  BlobSource,
  Clock,
  ContextEntry,
  ListQuery,
  TargetResolver,
  TransactionStore,
  WatchOptions,
} from "./ports.ts";
import { statusOf, type TransactionStatus } from "./status.ts";
import { begin, type Command, decide, targetOf } from "./transaction/decide.ts";
import { seal } from "./transaction/event.ts";
import { checkTransactionId, isTransactionId } from "./transaction/id.ts";
import type { LogLine } from "./transaction/log.ts";
import { type StageMachine, STANDARD } from "./transaction/stage.ts";
import type { TransactionState } from "./transaction/state.ts";
import {
  type Approval,
  blankTransaction,
  evolve,
  type Transaction,
} from "./transaction/transaction.ts";

/** What a manager works with. */
export interface ManagerPorts {
  readonly store: TransactionStore;
  readonly clock: Clock;
  /** Needed by `resolveTarget` only. */
  readonly resolver?: TargetResolver;
  /** The module's stages. Default: the standard's. */
  readonly stages?: StageMachine;
}

/** A request for a new transaction. */
export interface NewTransaction {
  readonly description: string;
  /** Default `@local`. */
  readonly target?: string;
  /** Who carries it out. Default `human`. */
  readonly agent?: string;
}

/** A move that was made. */
export interface Transition {
  /** The stage before. */
  readonly from: string;
  readonly transaction: Transaction;
}

/**
 * Everything people and programs do with transactions, over any store.
 *
 * Where a method takes an `id`, any prefix that fits one transaction will do, and without one (or with
 * an empty one) the active transaction is meant. All such methods throw `NO_ACTIVE` when there is none,
 * `NOT_FOUND`, `AMBIGUOUS` or `INVALID_ID` when the id does not name one, and `IO` when the store
 * fails; those that change something also `READ_ONLY`. Somebody else's change in between is no error:
 * the method looks again and decides again.
 */
export interface TransactionManager {
  /**
   * Makes a transaction with an id of its own, and makes it the active one.
   * @throws TetraError `INVALID_INPUT` when the description is empty.
   */
  create(wanted: NewTransaction): Promise<Transaction>;
  /** The active transaction's id. */
  active(): Promise<string | undefined>;
  /** Makes a transaction the active one and returns its id; without an id, none is active any more. */
  activate(id: string | undefined): Promise<string | undefined>;
  /** The whole id. */
  resolveId(id?: string): Promise<string>;

  /** What `state.json` holds, or would. */
  state(id?: string): Promise<TransactionState>;
  /** The transaction as its log tells it. */
  load(id?: string): Promise<Transaction>;
  /** States, newest first. */
  list(query?: ListQuery): Promise<readonly TransactionState[]>;
  /** Everything a page about one transaction shows. */
  status(id?: string): Promise<TransactionStatus>;
  /** The log's lines; with an event's name, only the lines of that event. */
  events(id?: string, name?: string): Promise<readonly LogLine[]>;
  /** The log's lines and then each new one as it comes, until the signal aborts. */
  watch(id?: string, options?: WatchOptions): AsyncIterable<LogLine>;

  /**
   * Sets fields of the state.
   * @throws TetraError `INVALID_INPUT` when a field cannot be set, or not to that.
   */
  update(id: string | undefined, changes: Readonly<Record<string, unknown>>): Promise<Transaction>;
  /**
   * Moves to another stage.
   * @throws TetraError `INVALID_STAGE` or `UNKNOWN_STAGE`.
   */
  transition(stage: string, id?: string): Promise<Transition>;
  /** Ends it as a success. @throws TetraError `INVALID_STAGE` */
  commit(id?: string): Promise<Transition>;
  /** Ends it as a failure. Default error: `Unknown error`. @throws TetraError `INVALID_STAGE` */
  fail(error?: string, id?: string): Promise<Transition>;

  /**
   * Records that a person allows a change of `name` for as long as this transaction is open.
   * @throws TetraError `INVALID_STAGE` when it has ended.
   */
  approve(approval: Approval, id?: string): Promise<Transaction>;

  /**
   * Adds a file or folder as evidence.
   * @returns its name in `ctx/` and the SHA-256 of its content.
   * @throws TetraError `NOT_FOUND` also for a missing source, `INVALID_INPUT` when the description
   *   cannot be part of a file name.
   */
  addContext(
    context: { readonly source: BlobSource; readonly description: string },
    id?: string,
  ): Promise<{ name: string; digest: string }>;
  /** Entries of `ctx/` by leading number, then name. */
  listContext(id?: string): Promise<readonly ContextEntry[]>;
  /** The evidence: entries of `ctx/` numbered 100 and up. */
  evidence(id?: string): Promise<EvidenceList>;
  /** The standard's digest of `ctx/`, computed now; nothing is stored. */
  digest(id?: string): Promise<string>;
  /** The same, stored as `ctx_digest` when it is not that already. Without `ctx/`: `none`, not stored. */
  refreshDigest(id?: string): Promise<string>;
  /**
   * Resolves the target and stores the answer as `tes_plan`.
   * @throws TetraError `NO_TARGET`, `INVALID_INPUT` when the manager has no resolver, and whatever the
   *   resolver throws.
   */
  resolveTarget(id?: string): Promise<{ target: string; plan: string }>;
}

/** Somebody else made progress each time one lost a race; a store that is broken would go on for ever. */
const MOST_ATTEMPTS = 100;
const SHOWN_CANDIDATES = 10;

/** Makes a manager. It keeps nothing: any number of them may work on one store. */
export function transactionManager(ports: ManagerPorts): TransactionManager {
  const { store, clock, resolver, stages = STANDARD } = ports;
  const freeIds = newIds(clock);

  async function create(wanted: NewTransaction): Promise<Transaction> {
    const { description, target = "@local", agent = "human" } = wanted;
    const transaction = await freeIds.create(description, async (id, atMs) => {
      const events = begin(id, { description, target, agent, atMs }, stages);
      await store.create(id, events);
      return seal(0, events).reduce(evolve, blankTransaction(id));
    });
    await store.activate(transaction.id);
    return transaction;
  }

  async function givenOrActive(id: string | undefined): Promise<string> {
    if (id !== undefined && id !== "") return id;
    const active = await store.active();
    if (active !== undefined) return active;
    throw new TetraError<TtsErrorCode>("NO_ACTIVE", "no id given, and no transaction is active", {
      hint: "name a transaction, or make one active",
    });
  }

  const load = (id?: string): Promise<Transaction> => withId(id, (whole) => store.load(whole));
  const resolveId = async (id?: string): Promise<string> => (await load(id)).id;

  /** Does something with the one transaction meant. Most ids are whole: only a miss costs a search. */
  async function withId<T>(
    id: string | undefined,
    use: (wholeId: string) => Promise<T>,
  ): Promise<T> {
    const given = await givenOrActive(id);
    let miss: unknown;
    if (isTransactionId(given)) {
      try {
        return await use(given);
      } catch (error) {
        if (!isTetraError(error, "NOT_FOUND")) throw error;
        miss = error;
      }
    }
    const ids = await store.find(given);
    if (ids.includes(given)) throw miss; // it is there: something else was not found
    return use(only(given, ids));
  }

  /** Decides on what is there now, again and again until nobody else wrote in between. */
  async function change(
    id: string,
    command: (tx: Transaction) => Command | Promise<Command>,
  ): Promise<{ before: Transaction; after: Transaction }> {
    for (let attempt = 1; ; attempt += 1) {
      const before = await store.load(id);
      const events = decide(before, await command(before), stages);
      try {
        await store.append(id, before.revision, events);
      } catch (error) {
        if (isTetraError(error, "CONFLICT") && attempt < MOST_ATTEMPTS) continue;
        throw error;
      }
      return { before, after: seal(before.revision, events).reduce(evolve, before) };
    }
  }

  async function move(id: string | undefined, command: () => Command): Promise<Transition> {
    const { before, after } = await withId(id, (whole) => change(whole, command));
    return { from: before.state.stage, transaction: after };
  }

  async function update(
    id: string | undefined,
    changes: Readonly<Record<string, unknown>>,
  ): Promise<Transaction> {
    const { after } = await withId(id, (whole) =>
      change(whole, () => ({ type: "update", changes, atMs: clock.now() })),
    );
    return after;
  }

  async function evidence(id: string): Promise<EvidenceList> {
    const [entries, { evidence: recorded }] = await Promise.all([
      store.listContext(id),
      store.load(id),
    ]);
    return evidenceList(entries, recorded);
  }

  async function refreshDigest(id: string): Promise<string> {
    const digest = await store.contextDigest(id);
    const { state } = await store.load(id);
    if (digest !== "none" && state.ctx_digest !== digest) {
      await update(id, { ctx_digest: digest });
    }
    return digest;
  }

  async function resolveTarget(id: string): Promise<{ target: string; plan: string }> {
    if (resolver === undefined) {
      throw new TetraError<TtsErrorCode>("INVALID_INPUT", `${id}: nothing here resolves targets`, {
        hint: "give transactionManager a resolver",
        details: { id },
      });
    }
    const resolved = { target: "", plan: "" };
    await change(id, async (tx) => {
      resolved.target = targetOf(tx);
      resolved.plan = await resolver.resolve(resolved.target);
      return { type: "resolve", plan: resolved.plan, atMs: clock.now() };
    });
    return resolved;
  }

  async function status(id: string): Promise<TransactionStatus> {
    const [transaction, lines, context, active] = await Promise.all([
      store.load(id),
      store.read(id),
      store.listContext(id),
      store.active(),
    ]);
    return statusOf(
      { transaction, lines, context, isActive: active === id },
      { nowMs: clock.now(), stages },
    );
  }

  return {
    create,
    active: () => store.active(),
    async activate(id) {
      const whole = id === undefined || id === "" ? undefined : await resolveId(id);
      await store.activate(whole);
      return whole;
    },
    resolveId,
    state: async (id) => (await load(id)).state,
    load,
    list: (query) => store.list(query),
    status: (id) => withId(id, status),
    async events(id, name) {
      const lines = await withId(id, (whole) => store.read(whole));
      return name === undefined ? lines : lines.filter((line) => tellsOf(line, name));
    },
    async *watch(id, options) {
      yield* store.watch(await resolveId(id), options);
    },
    update,
    transition: (stage, id) =>
      move(id, () => ({ type: "transition", to: stage, atMs: clock.now() })),
    commit: (id) => move(id, () => ({ type: "commit", atMs: clock.now() })),
    fail: (error = "Unknown error", id) =>
      move(id, () => ({ type: "fail", error, atMs: clock.now() })),
    approve: async (approval, id) => {
      const atMs = clock.now();
      const command = { type: "approve", ...approval, atMs } as const;
      return (await withId(id, (whole) => change(whole, () => command))).after;
    },
    addContext: (context, id) =>
      withId(id, (whole) => store.addContext(whole, { ...context, atMs: clock.now() })),
    listContext: (id) => withId(id, (whole) => store.listContext(whole)),
    evidence: (id) => withId(id, evidence),
    digest: async (id) => store.contextDigest(await resolveId(id)),
    refreshDigest: async (id) => refreshDigest(await resolveId(id)),
    resolveTarget: (id) => withId(id, resolveTarget),
  };
}

/** The one id that a prefix stands for. */
function only(prefix: string, ids: readonly string[]): string {
  const [id] = ids;
  if (id === undefined) throw notFound(checkTransactionId(prefix));
  if (ids.length === 1) return id;
  const shown = ids.slice(0, SHOWN_CANDIDATES).join(", ");
  const hidden = ids.length - SHOWN_CANDIDATES;
  throw new TetraError<TtsErrorCode>(
    "AMBIGUOUS",
    `${JSON.stringify(prefix)} fits ${ids.length} transactions`,
    {
      hint: `use one of ${shown}${hidden > 0 ? ` (and ${hidden} more)` : ""}`,
      details: { prefix, candidates: ids },
    },
  );
}

/** As the original's filter has it, a match of text, so that lines which are not JSON are found too. */
function tellsOf({ text, event }: LogLine, name: string): boolean {
  return event === undefined
    ? text.includes(`"event":${JSON.stringify(name)}`)
    : event.event === name;
}
