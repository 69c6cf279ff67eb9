import { isTetraError } from "@tetra/errors";
import { pauseAfter } from "../saga/retry.ts";
import type { AbortReason, Ballot, Report } from "./decide-two-phase.ts";
import { reasonOf } from "./errors.ts";
import { current, type Held, record, refresh } from "./held.ts";
import type { Branch, OnePhase, Participant } from "./participant.ts";
import type { TwoPhasePorts } from "./ports.ts";
import { isEnded, owed, soleOf, type TwoPhaseState } from "./two-phase-state.ts";

/** How far one attempt to carry a transaction on has come. */
export type Progress =
  | "ended"
  /** Somebody could not be reached: worth another attempt, later. */
  | "waiting"
  /** Nothing more can be done here: a person must look, or a participant is none of ours. */
  | "stuck";

/** Every resource is asked again after a random pause of up to this long (milliseconds). */
const MOST_PAUSE_MS = 30_000;
const PAUSES = { maxAttempts: Infinity, firstMs: 200, factor: 2, maxMs: MOST_PAUSE_MS } as const;

/** Waits before the next attempt, or until the signal aborts. */
export async function pause(
  { clock, timer, random }: TwoPhasePorts,
  failures: number,
  signal: AbortSignal,
): Promise<void> {
  await timer.until(clock.now() + pauseAfter(failures, PAUSES, random), signal);
}

/** A participant's part of a transaction. */
export function branchOf({ id }: { readonly id: string }, participant: string): Branch {
  return { txn: id, participant };
}

/** Asks every participant, at once. What a participant throws is its vote no; the first one is kept. */
export async function askVotes(
  held: Held,
): Promise<{ readonly ballots: readonly Ballot[]; readonly refusal?: unknown }> {
  const refusals: unknown[] = [];
  const ballots = await Promise.all(
    held.state.participants.map(async ({ name }): Promise<Ballot> => {
      const participant = held.participants.get(name);
      if (participant === undefined) return { participant: name, vote: "no", reason: "not here" };
      try {
        return { participant: name, vote: await participant.prepare(branchOf(held, name)) };
      } catch (error) {
        refusals.push(error);
        return { participant: name, vote: "no", reason: reasonOf(error) };
      }
    }),
  );
  return { ballots, refusal: refusals[0] };
}

/**
 * Carries a transaction on as far as it goes in one attempt; one that is not decided is aborted (T3).
 * @throws TetraError what {@link record} throws.
 */
export async function attempt(
  ports: TwoPhasePorts,
  held: Held,
  whenUndecided: AbortReason,
): Promise<Progress> {
  const state = await current(ports, held);
  if (isEnded(state)) return "ended";
  if (state.decision === undefined) {
    const sole = soleOf(state);
    if (sole !== undefined) return askSole(ports, held, { name: sole.name, whenUndecided });
    await record(ports, held, { type: "abort", ...whenUndecided });
  }
  return tell(ports, held);
}

/**
 * The same, again and again until nothing is left to do here or the signal aborts. The log is read
 * before every further attempt, so that an overtaken coordinator stops (T7).
 */
export async function driveToEnd(
  ports: TwoPhasePorts,
  held: Held,
  { whenUndecided, signal }: { readonly whenUndecided: AbortReason; readonly signal: AbortSignal },
): Promise<Progress> {
  for (let failures = 1; ; failures += 1) {
    const progress = await attempt(ports, held, whenUndecided);
    if (progress !== "waiting" || signal.aborted) return progress;
    await pause(ports, failures, signal);
    if (signal.aborted) return progress;
    await refresh(ports, held);
  }
}

/** Tells the decision to everybody who has not carried it out, at once (T5). */
async function tell(ports: TwoPhasePorts, held: Held): Promise<Progress> {
  const { decision } = held.state; // T1: it was read from the log, or appended to it
  if (decision === undefined) throw new Error(`${held.id}: nothing is decided`);
  const asked = owed(held.state).flatMap(({ name }) => held.participants.get(name) ?? []);
  const reports = await Promise.all(
    asked.map(async (participant): Promise<Report> => {
      const { name } = participant;
      try {
        await participant[decision.outcome === "commit" ? "commit" : "rollback"](
          branchOf(held, name),
        );
        return { participant: name, type: "done" };
      } catch (error) {
        return isTetraError(error, "HEURISTIC")
          ? { participant: name, type: "heuristic", reason: reasonOf(error) }
          : { participant: name, type: "away", error: reasonOf(error) };
      }
    }),
  );
  const state = await record(ports, held, { type: "report", reports });
  for (const report of reports) {
    if (report.type === "away") showAway(ports, held, report);
    else held.away.delete(report.participant);
  }
  return progressOf(held, state);
}

function progressOf(held: Held, state: TwoPhaseState): Progress {
  if (isEnded(state)) return "ended";
  return owed(state).some(({ name }) => held.participants.has(name)) ? "waiting" : "stuck";
}

/** T10. Asks the participant that decides alone what it has decided; if nothing, it must forget the work. */
async function askSole(
  ports: TwoPhasePorts,
  held: Held,
  { name, whenUndecided }: { readonly name: string; readonly whenUndecided: AbortReason },
): Promise<Progress> {
  const participant = held.participants.get(name);
  const { onePhase } = participant ?? {};
  if (participant === undefined || onePhase === undefined) return "stuck";
  let isCommitted: boolean;
  try {
    isCommitted = await hasCommitted(participant, onePhase, branchOf(held, name));
  } catch (error) {
    showAway(ports, held, { participant: name, error: reasonOf(error) });
    return "waiting";
  }
  held.away.delete(name);
  await record(ports, held, { type: "sole", isCommitted, ...whenUndecided });
  return "ended";
}

async function hasCommitted(
  participant: Participant,
  onePhase: OnePhase,
  branch: Branch,
): Promise<boolean> {
  if (await onePhase.isCommitted(branch)) return true;
  try {
    await participant.rollback(branch);
    return false;
  } catch (error) {
    // a commit that was still on its way has come first
    if (isTetraError(error, "HEURISTIC")) return true;
    throw error;
  }
}

function showAway(
  { clock, onEvent }: TwoPhasePorts,
  held: Held,
  { participant, error }: { readonly participant: string; readonly error: string },
): void {
  const before = held.away.get(participant);
  const sinceMs =
    before?.sinceMs ??
    held.state.participants.find(({ name }) => name === participant)?.away?.sinceMs ??
    clock.now();
  const away = { participant, error, sinceMs, attempts: (before?.attempts ?? 0) + 1 };
  held.away.set(participant, away);
  onEvent?.({ type: "away", id: held.id, ...away });
}
