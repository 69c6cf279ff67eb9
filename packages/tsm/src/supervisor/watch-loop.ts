/** What is known of changes that a service may have made itself. */
export interface LoopGuard {
  /** How many runs in a row a path changed soon after the start of. */
  readonly strikes: ReadonlyMap<string, number>;
  /** Paths that are the service's own, it seems: their changes do not count any more. */
  readonly own: ReadonlySet<string>;
}

/** Nothing is known. */
export const NO_LOOP: LoopGuard = { strikes: new Map(), own: new Set() };

/** A change so soon after the start of a run may be the run's own doing. */
const SOON_MS = 2000;
/** Nobody saves the same file so often in a row, each time within moments of the restart. */
const STRIKES = 4;

/** What changed, and how long after the run had begun. */
export interface Changes {
  readonly paths: readonly string[];
  readonly sinceStartMs: number;
}

/** What came of it. */
export interface LoopVerdict {
  readonly guard: LoopGuard;
  /** What counts as a change. */
  readonly paths: readonly string[];
  /** What does not from now on. */
  readonly nowOwn: readonly string[];
}

/**
 * Tells the changes of people from those of the service: one that writes into its own watched folder
 * when it starts would be restarted for ever. Pure.
 */
export function judgeChanges(guard: LoopGuard, { paths, sinceStartMs }: Changes): LoopVerdict {
  const foreign = paths.filter((path) => !guard.own.has(path));
  // a run that nobody disturbed for a while, or whose first change is another file: no loop so far
  if (sinceStartMs >= SOON_MS || foreign.length === 0) {
    const strikes = foreign.length === 0 ? guard.strikes : new Map<string, number>();
    return { guard: { ...guard, strikes }, paths: foreign, nowOwn: [] };
  }
  const strikes = new Map(foreign.map((path) => [path, (guard.strikes.get(path) ?? 0) + 1]));
  const nowOwn = foreign.filter((path) => (strikes.get(path) ?? 0) >= STRIKES);
  for (const path of nowOwn) strikes.delete(path);
  return {
    guard: { strikes, own: new Set([...guard.own, ...nowOwn]) },
    paths: foreign.filter((path) => !nowOwn.includes(path)),
    nowOwn,
  };
}
