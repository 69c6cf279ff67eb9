import { isTetraError } from "@tetra/errors";
import type { HistoryEntry } from "../files/history.ts";
import { isServiceName } from "../files/service-name.ts";
import type { Observed, ServiceState } from "../run/observe.ts";
import type { Service } from "../services.ts";
import { acting } from "./acting.ts";
import { agenda } from "./agenda.ts";
import { attend, isOver, type Look, type Verdict } from "./attend.ts";
import { closeLooks } from "./close-looks.ts";
import { fileRestarts } from "./file-restarts.ts";
import { logKeeping } from "./log-keeping.ts";
import { memoryLimits } from "./memory-limits.ts";
import type { SupervisorPorts } from "./ports.ts";
import { probing } from "./probing.ts";
import { remembering } from "./remembering.ts";
import { schedules } from "./schedules.ts";
import { shimWatches } from "./shim-watches.ts";
import {
  isChange,
  newWard,
  PAUSE_MS,
  type Round,
  type Seen,
  seenOf,
  type Ward,
  wordsOf,
} from "./ward.ts";
import { noWarnings } from "./warnings.ts";
import { watchWard } from "./watch-ward.ts";

// What supervising keeps, whoever dies and in whatever order things happen:
//
// V1. Of one service there is one action at a time, and no look during it: whatever is noticed meanwhile
//     leads to a look after it.
// V2. Every action names the run that was seen, and is carried out under the service's lock by looking
//     again. So it may come too late, or be asked for by two, and nothing is started twice.
// V3. What decides is on disk: meta.json, the journal, supervision.json. A supervisor that dies anywhere
//     is followed by one that comes to the same: a wait goes on to its time, an end is counted once, a
//     restart whose stop was carried out is finished.
// V4. A notice is a hint: it leads to a look and says nothing by itself. Those that the kernel drops (its
//     queue was full) are made up for by one look at everything every five minutes.
// V5. Nothing else is polled but what nobody would tell of: services without their shim, starts and stops
//     under way (who does it may die), services or shims that could not be watched. One timer, once a
//     second. That a shim was killed, its pipe tells.
// V6. A service is not started by itself before what it depends on is there; a change of that looks
//     again. A circle is no reason to wait.
// V7. Whatever one service's look or action throws concerns that service: it is told, and tried again
//     after a pause.
// V8. After `close` nothing is begun; what is under way is waited for. Services are not touched.
//
// Failure cases, and what keeps them: the supervisor is killed before or after an action is remembered
// (V3, the action looks again: V2); the service is removed, stopped or started by somebody else at the
// same time (V2); it is removed and made again between two notices (the folder's name is noticed, and
// watched anew); its program is gone (refused: counted like a failure, with wait and limit); disk full
// (memory is kept in memory and written at the next change); the clock is set back (the wait begins
// anew) or on (it is over); two supervisors (a kernel lock lets one in: see daemon-lock.ts).

/** What happened, for whoever listens: the entries of the history, and `state` when that has changed. */
export type SupervisorEvent =
  | HistoryEntry
  | {
      readonly event: "state";
      readonly name: string;
      readonly generation: number;
      readonly state: ServiceState | "removed";
      readonly pid?: number;
    };

/** What looks after services. */
export interface Supervisor {
  /** Adopts everything that is there, starts what a boot asks for, and goes on. */
  start(): Promise<void>;
  /** Calls with everything that happens. @returns what ends that */
  subscribe(listener: (event: SupervisorEvent) => void): () => void;
  /** How many services there are. */
  count(): number;
  /** What is wrong at this moment, besides with services, in words. */
  warnings(): readonly string[];
  /** Ends. Services are not touched. */
  close(): Promise<void>;
}

const SAFETY_MS = 300_000;
/** The same where the kernel cannot tell: no watches are left. */
const UNTOLD_MS = 5000;
/** A service that cannot even be looked at: its meta.json is no JSON. */
const BROKEN_MS = 30_000;
/** The wall clock may be set: no wait for a time of it is longer than this without another look. */
const LONGEST_WAIT_MS = 60_000;

/** Looks after services. Nothing happens before `start`. */
export function superviseServices(ports: SupervisorPorts): Supervisor {
  const { services, alarm, complain } = ports;
  const wards = new Map<string, Ward>();
  const times = agenda(alarm);
  const listeners = new Set<(event: SupervisorEvent) => void>();
  const works = new Set<Promise<unknown>>();
  let unwatchNames: (() => void) | undefined;
  let isClosed = false;

  const round: Round = {
    ports,
    times,
    wards: () => wards.values(),
    look,
    isOurs: (ward) => !isClosed && wards.get(ward.name) === ward,
    note,
    warnings: noWarnings(complain),
    pause,
    attempt,
    remember(ward) {
      if (wards.get(ward.name) === ward) memories.remember(ward);
    },
    lookAtHeld() {
      for (const ward of wards.values()) if (ward.isHeld) look(ward);
    },
    track(work) {
      works.add(work);
      void work.finally(() => works.delete(work));
    },
  };
  const memories = remembering(round);
  const unsettled = closeLooks(round);
  const actions = acting(round, { find: (name) => wards.get(name), lookOf });
  const carers = [
    shimWatches(round),
    probing(round),
    memoryLimits(round),
    schedules(round),
    fileRestarts(round),
    ...(ports.logs === undefined ? [] : [logKeeping(round, ports.logs)]),
  ];

  function tell(event: SupervisorEvent): void {
    for (const listener of listeners) listener(event);
  }

  function note(entry: HistoryEntry): void {
    tell(entry);
    attempt("the history", () => services.note(entry));
  }

  /** V7 */
  function attempt(what: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      complain(`${what}: ${wordsOf(error)}`);
    }
  }

  /** V7 */
  function pause(ward: Ward, error: unknown, ms = PAUSE_MS): void {
    const words = wordsOf(error);
    if (words !== ward.complaint) complain(`${ward.name}: ${words}`);
    ward.complaint = words;
    ward.paused = { untilMs: alarm.up() + ms };
    if (round.isOurs(ward)) times.set(`look ${ward.name}`, ms, () => look(ward));
  }

  // looking

  function look(ward: Ward): void {
    if (ward.isActing || !round.isOurs(ward)) return; // V1: it is looked at when the action is over
    let service: Service;
    try {
      service = services.observe(ward.name);
    } catch (error) {
      if (!isTetraError(error, "SERVICE_NOT_FOUND")) pause(ward, error, BROKEN_MS);
      else if (ward.isWatched) release(ward);
      return;
    }
    attempt(ward.name, () => consider(ward, service));
  }

  function consider(ward: Ward, service: Service): void {
    const { meta, observed } = service;
    const verdict = attend(lookOf(ward, service));
    const before = ward.seen;
    const seen = seenOf(service);
    ward.seen = seen;
    ward.memory = verdict.memory;
    if (isOver(observed) || ward.wish?.generation !== meta.generation) ward.wish = undefined;

    // the end of a run is seen just before it is noted: a stop has lost its author if it lasts
    const isLasting = before?.state === "stopping" && before.generation === seen.generation;
    const isActing = actions.decide(ward, verdict, isLasting);
    if (!isActing && verdict.isEndUntold) actions.noteEnd(ward, meta.generation);
    ports.later(() => {
      round.remember(ward);
      verdict.notes.forEach(note);
      if (isChange(before, seen)) tellState(ward, seen, observed.main?.pid);
    });
    for (const carer of carers) carer.arrange(ward, seen);
    arrange(ward, verdict, observed);
    if (!isChange(before, seen)) return;
    memories.saveSoon();
    round.lookAtHeld();
  }

  function lookOf(ward: Ward, { meta, observed }: Service): Look {
    const { memory, wish } = ward;
    const { bootId, random } = ports;
    return { meta, observed, memory, wish, bootId, nowMs: alarm.now(), random };
  }

  function tellState({ name }: Ward, { generation, state }: Seen, pid: number | undefined): void {
    tell({ event: "state", name, generation, state, ...(pid === undefined ? {} : { pid }) });
  }

  /** Sets when to look again though nobody tells. */
  function arrange(ward: Ward, verdict: Verdict, observed: Observed): void {
    const { action, wakeAtMs = Infinity, isEndUntold } = verdict;
    const { name, toldEndOf, seen } = ward;
    const { state, shimLost } = observed;
    const isWaiting = action !== undefined && !ward.isHeld;
    const pauseMs = isWaiting ? (ward.paused?.untilMs ?? 0) - alarm.up() : 0;
    const wakeMs = Math.min(wakeAtMs - alarm.now(), pauseMs > 0 ? pauseMs : Infinity);
    if (wakeMs === Infinity) times.cancel(`look ${name}`);
    else
      times.set(`look ${name}`, Math.max(1, Math.min(wakeMs, LONGEST_WAIT_MS)), () => look(ward));
    const isBetween =
      state === "starting" ||
      state === "stopping" ||
      (isEndUntold && toldEndOf !== seen?.generation);
    const isTold = ward.isWatched && ward.isShimWatched && !shimLost;
    unsettled.want(ward, isBetween || !ward.isWatched || (state === "online" && !isTold)); // V5
  }

  // coming and going

  function add(name: string): void {
    const ward = newWard(name);
    wards.set(name, ward);
    memories.recall(ward);
    watchWard(round, ward);
    look(ward);
  }

  function release(ward: Ward): void {
    const { name, seen } = ward;
    wards.delete(name);
    ward.unwatch?.();
    times.cancel(`look ${name}`);
    unsettled.want(ward, false);
    for (const carer of carers) carer.release(ward);
    if (seen === undefined) return;
    tell({ event: "state", name, generation: seen.generation, state: "removed" });
    memories.saveSoon();
  }

  function onName(changed: string | undefined): void {
    if (isClosed || (changed !== undefined && !isServiceName(changed))) return;
    attempt("the folder of processes", () => {
      const names = new Set(services.names());
      for (const name of changed === undefined ? [...wards.keys()] : [changed]) {
        const ward = wards.get(name);
        if (ward === undefined) continue;
        if (names.has(name)) {
          watchWard(round, ward); // it may be another folder of the same name
          look(ward);
        } else release(ward);
      }
      for (const name of names) if (!wards.has(name)) add(name);
    });
  }

  function safetyLook(): void {
    watchNames();
    onName(undefined); // V4
    lookSafelyLater();
  }

  function lookSafelyLater(): void {
    times.set("safety", unwatchNames === undefined ? UNTOLD_MS : SAFETY_MS, safetyLook);
  }

  function watchNames(): void {
    try {
      unwatchNames ??= ports.watchNames(onName);
      round.warnings.end("names");
    } catch (error) {
      round.warnings.begin("names", `new services are looked for, not told: ${wordsOf(error)}`);
    }
  }

  return {
    async start() {
      watchNames();
      for (const name of services.names()) add(name);
      lookSafelyLater();
      memories.saveSoon();
      try {
        await ports.startEnabled?.();
      } catch (error) {
        complain(`what is enabled could not be started: ${wordsOf(error)}`);
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    count: () => wards.size,
    warnings: () => round.warnings.all(),
    async close() {
      isClosed = true; // V8
      unwatchNames?.();
      times.clear();
      for (const ward of wards.values()) {
        ward.unwatch?.();
        for (const carer of carers) carer.release(ward);
      }
      while (works.size > 0) await Promise.all(works);
    },
  };
}
