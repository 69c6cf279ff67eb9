import { isTetraError } from "@tetra/errors";
import type { Service } from "../services.ts";
import type { SupervisionAction } from "../supervise/reconcile.ts";
import { type Look, refused, type Verdict } from "./attend.ts";
import { type Awaited, waitsFor } from "./dependencies.ts";
import { PAUSE_MS, type Round, type Ward, wordsOf } from "./ward.ts";

/** What a supervisor does with services. */
export interface Acting {
  /**
   * Does what a look has led to, unless that must wait.
   * @param isLasting whether the same run was seen to be stopping before
   * @returns whether something was begun
   */
  decide(ward: Ward, verdict: Verdict, isLasting: boolean): boolean;
  /** Has the history say how a run ended, once; not while somebody acts on it, who says so himself. */
  noteEnd(ward: Ward, generation: number): void;
}

/** What acting needs besides the round. */
export interface ActingOptions {
  /** The service of this name in our care. */
  readonly find: (name: string) => Ward | undefined;
  readonly lookOf: (ward: Ward, service: Service) => Look;
}

/** Acts on services, one action at a time for each (V1), looking again when it is over. */
export function acting(round: Round, { find, lookOf }: ActingOptions): Acting {
  const { ports } = round;
  const { services, alarm } = ports;

  function decide(ward: Ward, { action }: Verdict, isLasting: boolean): boolean {
    ward.isHeld = action?.type === "start" && waitsFor(ward.name, awaited).length > 0; // V6
    if (action === undefined || ward.isHeld || isPaused(ward, action)) return false;
    // who stops it holds the lock: we are needed only when he has died over it
    if (action.type === "stop" && (!isLasting || ports.isActedOn(ward.name))) return false;
    const begin = async (): Promise<void> => {
      const done = await carryOut(ward.name, action);
      // somebody was quicker, or sees it otherwise: look again, but do not ask at once and for ever
      if (done === undefined) ward.paused = { action, untilMs: alarm.up() + PAUSE_MS };
    };
    run(ward, begin, (error) => failed(ward, action, error));
    return true;
  }

  function isPaused({ paused }: Ward, { type, generation }: SupervisionAction): boolean {
    if (paused === undefined || alarm.up() >= paused.untilMs) return false;
    const { action } = paused;
    return action === undefined || (action.type === type && action.generation === generation);
  }

  function awaited(name: string): Awaited | undefined {
    const ward = find(name);
    if (ward?.seen === undefined) return undefined;
    const { care, state, endedWell } = ward.seen;
    const health = ward.memory?.health?.state ?? "unknown";
    const isProbed = care.health !== undefined;
    return { dependsOn: care.dependsOn ?? [], state, endedWell, isProbed, health };
  }

  function carryOut(name: string, action: SupervisionAction): Promise<unknown> {
    switch (action.type) {
      case "start":
        return services.revive(name, action.generation);
      case "stop":
        return services.finishStop(name, action.generation);
      case "restart":
        return services.renew(name, action.generation, { reason: action.reason });
    }
  }

  function run(ward: Ward, begin: () => Promise<unknown>, onError: (error: unknown) => void): void {
    ward.isActing = true;
    const act = async (): Promise<void> => {
      try {
        await begin();
      } catch (error) {
        round.attempt(ward.name, () => onError(error));
      }
      ward.isActing = false;
      round.look(ward);
    };
    round.track(act());
  }

  function failed(ward: Ward, action: SupervisionAction, error: unknown): void {
    const { name } = ward;
    const { generation } = action;
    if (isTetraError(error, "SERVICE_NOT_FOUND")) return;
    if (isTetraError(error, "NOT_READY")) {
      round.note({ event: "not_ready", name, generation: generation + 1 });
      return;
    }
    if (isTetraError(error, "SERVICE_BUSY") || action.type === "stop") {
      round.pause(ward, error);
      return;
    }
    const service = services.observe(name);
    if (service.meta.generation !== generation) return; // it was a run: its end is counted by looking
    ward.memory = refused({ ...lookOf(ward, service), wish: undefined });
    ward.wish = undefined;
    round.remember(ward);
    const { failures, waiting, givenUp } = ward.memory;
    const why = {
      error: wordsOf(error),
      ...(isTetraError(error) ? { error_code: error.code } : {}),
    };
    const about = { name, generation, failures, ...why };
    if (waiting === undefined) round.note({ event: "given_up", ...about, reason: givenUp });
    else
      round.note({ event: "backoff", ...about, next_try_at_ms: waiting.sinceMs + waiting.delayMs });
  }

  function noteEnd(ward: Ward, generation: number): void {
    if (ward.toldEndOf === generation || ports.isActedOn(ward.name)) return;
    ward.toldEndOf = generation;
    run(
      ward,
      () => services.noteEnd(ward.name, generation),
      (error) => {
        if (isTetraError(error, "SERVICE_BUSY")) ward.toldEndOf = undefined;
        round.pause(ward, error);
      },
    );
  }

  return { decide, noteEnd };
}
