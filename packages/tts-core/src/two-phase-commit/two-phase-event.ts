/** What the events of two-phase commit tell. */
export type TwoPhaseEvents = {
  /** A resource takes part. `one_phase`: alone, and it commits without preparing. */
  participant_joined: { participant: string; one_phase?: true };
  /**
   * What is going to be changed, and what that was based on; another open transaction whose set meets
   * this one is refused. An empty one takes it back.
   */
  write_set: { keys: readonly string[]; reads?: readonly string[] };
  /** A participant's promise, or its refusal and why. */
  vote: { participant: string; vote: "yes" | "no" | "read-only"; reason?: string };
  /** From here on there is no way back. No such line means abort. */
  decision: { outcome: "commit" } | { outcome: "abort"; cause: AbortCause; reason: string };
  /** A participant could not be told the decision; recorded the first time, it is told again for ever. */
  participant_away: { participant: string; error: string };
  /** A participant has carried the decision out. `heuristic` when it had decided otherwise itself. */
  participant_done: { participant: string; heuristic?: "committed" | "rolled_back" };
};

/** Why it was decided to abort. */
export const ABORT_CAUSES = [
  /** Somebody asked for it. */
  "asked",
  /** A participant could not begin. */
  "begin",
  /** A participant voted no, or could not commit in one phase. */
  "vote",
  /** It was open for too long. */
  "timeout",
  /** Its coordinator died before the decision. */
  "recovery",
  /** `ttm cancel`, or whoever else asked from outside. */
  "cancelled",
  /** Somebody wrote `DONE` or `FAIL` by hand before the decision. */
  "ended",
] as const;

/**
 * Why it was decided to abort: somebody asked, a participant could not begin or voted no, it was open for
 * too long, its coordinator died, it was cancelled from outside, or its end was written by hand.
 */
export type AbortCause = (typeof ABORT_CAUSES)[number];
