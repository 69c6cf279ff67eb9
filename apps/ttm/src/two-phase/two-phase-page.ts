import { type Piece, relativeTime, type Style, styled, table } from "@tetra/cli-kit";
import type { Participation, TwoPhase, TwoPhaseStatus } from "@tetra/tts-core/two-phase-commit";

type Lines = readonly (readonly Piece[])[];

const PHASE_STYLE: Readonly<Record<TwoPhase, readonly Style[]>> = {
  active: ["yellow"],
  committing: ["yellow"],
  rolling_back: ["yellow"],
  committed: ["green"],
  rolled_back: ["red"],
};

/** A phase as people read it. */
export function phaseSpan(phase: TwoPhase): Piece {
  return styled(phase.replace("_", " "), ...PHASE_STYLE[phase]);
}

/** A two-phase commit for people: what was decided, and how far each participant is. */
export function twoPhasePage(
  status: TwoPhaseStatus,
  { nowMs, columns }: { readonly nowMs: number; readonly columns?: number | undefined },
): Lines {
  const { id, phase, session, writeSet, participants } = status;
  const rows = participants.map((one) => participantRow(one, status, nowMs));
  return [
    [styled(id, "bold"), "  two-phase commit  ", phaseSpan(phase)],
    ["  Decision: ", decisionOf(status)],
    [`  Session: ${session}`],
    ...(rows.length === 0 ? [["  Participants: none"]] : table(rows, { columns, indent: "  " })),
    ...(writeSet.writes.length === 0 ? [] : [[`  Writes: ${writeSet.writes.join(", ")}`]]),
    ...attentionLines(status),
  ];
}

function decisionOf({ decision, phase }: TwoPhaseStatus): Piece {
  if (decision === undefined) {
    return phase === "active"
      ? "none yet, which means abort"
      : "none was needed: nothing to commit";
  }
  return decision.outcome === "commit" ? "commit" : `abort (${decision.cause}): ${decision.reason}`;
}

function participantRow(
  one: Participation,
  status: TwoPhaseStatus,
  nowMs: number,
): readonly Piece[] {
  const [state, ...styles] = stateOf(one, status);
  const away = status.away.find(({ participant }) => participant === one.name);
  const vote = one.isOnePhase
    ? "one phase"
    : one.vote === undefined
      ? "no vote"
      : `votes ${one.vote}`;
  const why =
    away === undefined
      ? []
      : [styled(`since ${relativeTime(away.sinceMs, nowMs)}: ${away.error}`, "dim")];
  return [one.name, vote, styled(state, ...styles), ...why];
}

/** How far a participant is: `away`, `done`, `committed by itself`. */
function stateOf(
  { name, heuristic, isSettled, isDone, vote }: Participation,
  { away, decision }: TwoPhaseStatus,
): readonly [text: string, ...styles: Style[]] {
  if (heuristic !== undefined) {
    const did = `${heuristic.replace("_", " ")} by itself`;
    return isSettled ? [`${did}, looked after`, "cyan"] : [did, "red", "bold"];
  }
  if (away.some(({ participant }) => participant === name)) return ["away", "red"];
  if (isDone) return ["done", "green"];
  if (vote === "read-only") return ["has left", "dim"];
  return decision === undefined ? ["open", "yellow"] : ["to be told", "yellow"];
}

function attentionLines({ id, attention }: TwoPhaseStatus): Lines {
  if (attention.length === 0) return [];
  const names = attention.join(" ");
  return [
    [styled(`  Needs a person: ${attention.join(", ")}`, "red", "bold")],
    [`  Then: ttm 2pc resolve ${id} ${names} --settled --why REASON (or --retry)`],
  ];
}
