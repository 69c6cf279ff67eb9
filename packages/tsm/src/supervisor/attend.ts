import type { HistoryEntry } from "../files/history.ts";
import type { Meta } from "../files/meta.ts";
import type { RememberedHealth } from "../files/supervision-file.ts";
import type { Observed } from "../run/observe.ts";
import {
  desiredOf,
  evolve,
  INITIAL_SUPERVISION,
  reconcile,
  type RestartReason,
  startRefused,
  type Supervision,
  type SupervisionAction,
  type SupervisionEvent,
} from "../supervise/reconcile.ts";

/** What is remembered of a service from one look to the next, and over the supervisor's own death. */
export interface Memory extends Supervision {
  /** The run that was last seen. */
  readonly generation: number;
  /** What probing this run has come to. */
  readonly health?: RememberedHealth;
}

/** What somebody asks of the supervisor, of one run: it means nothing for the next. */
export interface Wish {
  readonly generation: number;
  readonly reason: RestartReason;
}

/** What a look has found. */
export interface Look {
  readonly meta: Meta;
  readonly observed: Observed;
  /** `undefined`: nothing is remembered. */
  readonly memory: Memory | undefined;
  readonly wish: Wish | undefined;
  /** The machine's boot. */
  readonly bootId: string;
  readonly nowMs: number;
  /** Evenly from 0 up to, but not, 1. */
  readonly random: () => number;
}

/** What a look has led to. */
export interface Verdict {
  readonly memory: Memory;
  /** For the history. */
  readonly notes: readonly HistoryEntry[];
  /** Whether the run has ended and the history does not say so: whoever was to tell it may have died. */
  readonly isEndUntold: boolean;
  readonly action?: SupervisionAction;
  /** When to look again though nothing has happened. */
  readonly wakeAtMs?: number;
}

/** Whether the last run is over. */
export function isOver({ state }: Pick<Observed, "state">): boolean {
  return state === "crashed" || state === "stopped";
}

function isEndUntold({ meta, observed }: Look): boolean {
  const { generation, ended_generation: told = 0 } = meta;
  return isOver(observed) && observed.exit !== undefined && told < generation;
}

/** Decides what a service needs: {@link reconcile}, with boots, wishes and health. Pure. */
export function attend(look: Look): Verdict {
  const { meta, observed, nowMs, random } = look;
  const before = called(look, currentMemory(look));
  const restart = restartWish(look, before);
  const { events, action, wakeAtMs } = reconcile({
    desired: desiredOf(meta),
    observed,
    supervision: before,
    nowMs,
    random,
    ...(restart === undefined ? {} : { restart }),
  });
  const after = withRun(before, events.reduce<Supervision>(evolve, before));
  const memory = calmedByTime(after, look);
  const stableAtMs = stableAt(memory, look);
  const wakes = [wakeAtMs, stableAtMs].filter((atMs) => atMs !== undefined);
  return {
    memory,
    notes: events.flatMap((event) => noteOf(event, look, memory)),
    isEndUntold: isEndUntold(look),
    ...(action === undefined ? {} : { action }),
    ...(wakes.length === 0 ? {} : { wakeAtMs: Math.min(...wakes) }),
  };
}

/** What is remembered after an action was refused and no other run came of it. Pure. */
export function refused(look: Look): Memory {
  const supervision = currentMemory(look);
  const { meta, nowMs, random } = look;
  const input = { desired: desiredOf(meta), supervision, nowMs, random };
  const after = startRefused(input).reduce<Supervision>(evolve, supervision);
  return withRun(supervision, after);
}

/** What folding gave, with the run it is about: what it took away must not come back. */
function withRun({ generation, health }: Memory, after: Supervision): Memory {
  return { ...after, generation, ...(health === undefined ? {} : { health }) };
}

/** What is remembered, as far as it is about this run. */
function currentMemory({ meta: { generation }, memory }: Look): Memory {
  if (memory === undefined) return { ...INITIAL_SUPERVISION, generation };
  if (memory.generation === generation) return memory;
  const { health: _ofAnother, ...rest } = memory;
  return { ...rest, generation };
}

/** What a machine that goes down ends processes with. */
const SHUTDOWN: ReadonlySet<string> = new Set(["SIGTERM", "SIGKILL", "SIGHUP"]);

/**
 * A run that has ended is to be followed by another at once: the machine was restarted over it, which is
 * nobody's failure; or its files changed, or its time has come.
 */
function called({ meta, observed, wish, bootId, nowMs }: Look, memory: Memory): Memory {
  const { generation, desired, boot_id: begunIn } = meta;
  if (!isOver(observed) || desired !== "online") return memory;
  const { code, signal } = observed.exit ?? { code: null, signal: null };
  // a machine that goes down in order tells everybody to end, and the shim may live to note it
  const isByShutdown = code === null && (signal === null || SHUTDOWN.has(signal));
  const wasLost = begunIn !== bootId && isByShutdown && memory.countedGeneration < generation;
  const reason = wish?.generation === generation ? wish.reason : undefined;
  const isIdle = memory.waiting === undefined && memory.givenUp === undefined;
  const isCalled = reason === "watch" || (reason === "cron" && isIdle);
  if (!wasLost && !isCalled) return memory;
  const { givenUp: _over, ...rest } = memory;
  const failures = wasLost ? 0 : memory.failures;
  return {
    ...rest,
    failures,
    countedGeneration: generation,
    waiting: { sinceMs: nowMs, delayMs: 0 },
  };
}

function restartWish(
  { meta: { generation }, wish }: Look,
  memory: Memory,
): { readonly generation: number; readonly reason: RestartReason } | undefined {
  if (memory.health?.state === "unhealthy") return { generation, reason: "unhealthy" };
  if (wish?.generation !== generation) return undefined;
  return { generation, reason: wish.reason };
}

/** When the row of failures is over by time alone, if there is one. */
function stableAt(memory: Memory, { meta, observed }: Look): number | undefined {
  const { waiting, failures, wantingGeneration, generation } = memory;
  const isPlain = waiting === undefined && failures > 0 && wantingGeneration !== generation;
  const { state, startedAtMs } = observed;
  if (state !== "online" || startedAtMs === undefined || !isPlain) return undefined;
  return startedAtMs + meta.restart_policy.stableMs;
}

function calmedByTime(memory: Memory, look: Look): Memory {
  const atMs = stableAt(memory, look);
  return atMs === undefined || look.nowMs < atMs ? memory : { ...memory, failures: 0 };
}

function noteOf(
  event: SupervisionEvent,
  { meta, observed }: Look,
  memory: Memory,
): readonly HistoryEntry[] {
  const { name, generation } = meta;
  const { code = null, signal = null, reason } = observed.exit ?? {};
  switch (event.type) {
    case "restart_scheduled": {
      if (event.delayMs === 0) return [];
      const atMs = event.sinceMs + event.delayMs;
      const how = isOver(observed) ? { code, signal, reason, log: "current.err" } : {};
      const { failures } = memory;
      return [{ event: "backoff", name, generation, failures, next_try_at_ms: atMs, ...how }];
    }
    case "given_up":
      return [{ event: "given_up", name, generation, reason: event.reason, code, signal }];
    case "run_ended":
    case "found_wanting":
    case "wait_over":
      return []; // noted by whoever ends it, finds it, or starts it
  }
}
