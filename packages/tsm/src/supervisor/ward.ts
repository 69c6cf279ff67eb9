import type { ServiceCare } from "../care/service-care.ts";
import type { HistoryEntry } from "../files/history.ts";
import type { ServiceState } from "../run/observe.ts";
import type { Service } from "../services.ts";
import type { SupervisionAction } from "../supervise/reconcile.ts";
import { isSuccess } from "../supervise/restart-policy.ts";
import type { Agenda } from "./agenda.ts";
import { isOver, type Memory, type Wish } from "./attend.ts";
import type { SavedService, SupervisorPorts } from "./ports.ts";
import type { Warnings } from "./warnings.ts";

/** What a look has found, as far as it is needed until the next. */
export interface Seen {
  readonly generation: number;
  readonly id: number | undefined;
  readonly state: ServiceState;
  readonly isWanted: boolean;
  readonly hasShim: boolean;
  readonly startedAtMs: number | undefined;
  readonly endedWell: boolean;
  readonly cwd: string;
  readonly care: ServiceCare;
}

/** A service in our care. */
export interface Ward {
  readonly name: string;
  unwatch: (() => void) | undefined;
  /** Whether its journal is watched. */
  isWatched: boolean;
  /** Whether the end of its shim would be told, however that comes. */
  isShimWatched: boolean;
  seen: Seen | undefined;
  memory: Memory | undefined;
  /** What its file says. */
  written: string | undefined;
  wish: Wish | undefined;
  /** The run whose end the history was asked to tell. */
  toldEndOf: number | undefined;
  isActing: boolean;
  /** Until when, of the alarm's own time, this action is not asked for; or none is. */
  paused: { readonly untilMs: number; readonly action?: SupervisionAction } | undefined;
  /** What was complained of last. */
  complaint: string | undefined;
  /** What it depends on was not there when it was last looked at. */
  isHeld: boolean;
}

/** A service that was found. */
export function newWard(name: string): Ward {
  return {
    name,
    unwatch: undefined,
    isWatched: false,
    isShimWatched: false,
    seen: undefined,
    memory: undefined,
    written: undefined,
    wish: undefined,
    toldEndOf: undefined,
    isActing: false,
    paused: undefined,
    complaint: undefined,
    isHeld: false,
  };
}

/** What of a look is kept. */
export function seenOf({ meta, observed }: Service): Seen {
  const { generation, tsm_id: id, desired, restart_policy: policy, care, cwd } = meta;
  const { state, shim, startedAtMs, exit } = observed;
  const wasAsked = meta.stopped_generation === generation;
  const endedWell = isOver(observed) && !wasAsked && exit !== undefined && isSuccess(policy, exit);
  return {
    generation,
    id,
    state,
    isWanted: desired === "online",
    hasShim: shim !== undefined,
    startedAtMs,
    endedWell,
    cwd,
    care,
  };
}

/** Whether others may have waited for it, or it is to be saved. */
export function isChange(before: Seen | undefined, now: Seen): boolean {
  return (
    before?.state !== now.state ||
    before.generation !== now.generation ||
    before.isWanted !== now.isWanted ||
    before.endedWell !== now.endedWell
  );
}

/** What should run, by name. */
export function wantedOf(wards: Iterable<Ward>): readonly SavedService[] {
  return [...wards]
    .flatMap(({ name, seen }): readonly SavedService[] => {
      if (seen?.isWanted !== true) return [];
      const { id, generation } = seen;
      return [{ name, ...(id === undefined ? {} : { id }), generation }];
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** How long a service is left alone after it could not be looked at or acted on. */
export const PAUSE_MS = 1000;

/** What the parts of a supervisor share. */
export interface Round {
  readonly ports: SupervisorPorts;
  readonly times: Agenda;
  wards(): Iterable<Ward>;
  /** Looks at a service and does what it needs. */
  look(ward: Ward): void;
  /** Whether it is in our care, and we are not ending. */
  isOurs(ward: Ward): boolean;
  note(entry: HistoryEntry): void;
  /** What is wrong besides. */
  readonly warnings: Warnings;
  /** Does it; what it throws is told, as a matter of `what`. */
  attempt(what: string, act: () => void): void;
  /** It cannot be done now: it is told, and tried again. */
  pause(ward: Ward, error: unknown): void;
  /** Writes down what is remembered, if it has changed. */
  remember(ward: Ward): void;
  /** Somebody who waits for a service may be waiting for this. */
  lookAtHeld(): void;
  /** What must be over before the supervisor has ended. It must not reject. */
  track(work: Promise<unknown>): void;
}

/** A part of the care. */
export interface Carer {
  /** After each look. */
  arrange(ward: Ward, seen: Seen): void;
  /** The service is in our care no more. */
  release(ward: Ward): void;
}

/** What an error says, for people. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
