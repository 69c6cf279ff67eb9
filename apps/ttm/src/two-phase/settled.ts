import type {
  Participant,
  RecoveryReport,
  TwoPhaseNotice,
  TwoPhaseStatus,
} from "@tetra/tts-core/two-phase-commit";

/** What recovery did about one transaction, or why it did nothing. */
export type SettledTransaction = {
  readonly id: string;
  /** Participants that are away, since when and why. */
  readonly away: TwoPhaseStatus["away"];
} & (
  | { readonly outcome: "committed" | "rolled_back" | "waiting" }
  /** Nothing was done: somebody alive carries it. */
  | { readonly outcome: "carried" }
  | {
      readonly outcome: "stuck";
      /** Participants that need a person. */
      readonly attention: readonly string[];
      /** Participants that the module does not have. */
      readonly missing: readonly string[];
    }
);

/** A branch that nobody carried on, and what became of it. */
export type SettledOrphan = Omit<Extract<TwoPhaseNotice, { type: "orphan" }>, "type">;

/** What recovery found and did. */
export interface Settled {
  readonly transactions: readonly SettledTransaction[];
  readonly orphans: readonly SettledOrphan[];
  /** Participants that could not say what waits there, and why. */
  readonly unreadable: readonly { readonly participant: string; readonly error: string }[];
}

/** What a recovery left behind. */
export interface Aftermath {
  readonly report: RecoveryReport;
  /** What was told meanwhile. */
  readonly notices: readonly TwoPhaseNotice[];
  /** The transactions that were open before, or that the report names, as they stand now. */
  readonly statuses: readonly TwoPhaseStatus[];
  readonly participants: readonly Participant[];
}

/** Sums up what recovery did, transaction by transaction. */
export function settled({ report, notices, statuses, participants }: Aftermath): Settled {
  const known = new Set(participants.map(({ name }) => name));
  return {
    transactions: statuses.map((status) => transactionOf(status, report, known)),
    orphans: notices.flatMap((notice) => {
      if (notice.type !== "orphan") return [];
      const { type: _type, ...orphan } = notice;
      return [orphan];
    }),
    unreadable: notices.flatMap((notice) =>
      notice.type === "unreadable"
        ? [{ participant: notice.participant, error: notice.error }]
        : [],
    ),
  };
}

function transactionOf(
  { id, away, attention, participants }: TwoPhaseStatus,
  { committed, rolledBack, waiting, stuck }: RecoveryReport,
  known: ReadonlySet<string>,
): SettledTransaction {
  if (committed.includes(id)) return { id, outcome: "committed", away };
  if (rolledBack.includes(id)) return { id, outcome: "rolled_back", away };
  if (waiting.includes(id)) return { id, outcome: "waiting", away };
  if (!stuck.includes(id)) return { id, outcome: "carried", away };
  const missing = participants.filter(({ name, isDone }) => !isDone && !known.has(name));
  return { id, outcome: "stuck", away, attention, missing: missing.map(({ name }) => name) };
}

const NEEDS_A_PERSON = 3;
/** After sysexits(3): try again later. */
const LATER = 75;

/** 0 when nothing is left to do, 3 when something needs a person or a module, 75 when somebody is away. */
export function settledStatus({ transactions, orphans, unreadable }: Settled): number {
  const isStuck = transactions.some(({ outcome }) => outcome === "stuck");
  if (isStuck || orphans.some(({ outcome }) => outcome === "heuristic")) return NEEDS_A_PERSON;
  const isWaiting =
    unreadable.length > 0 ||
    transactions.some(({ outcome }) => outcome === "waiting") ||
    orphans.some(({ outcome }) => outcome === "away");
  return isWaiting ? LATER : 0;
}

/** What recovery did, in a line for each transaction and branch. */
export function settledLines({ transactions, orphans, unreadable }: Settled): readonly string[] {
  return [
    ...transactions.flatMap((one) => [
      told(one),
      ...one.away.map((away) => toldAway(one.id, away)),
    ]),
    ...orphans.map(toldOrphan),
    ...unreadable.map(
      ({ participant, error }) => `Away: ${participant} cannot say what waits there: ${error}`,
    ),
  ];
}

function told(one: SettledTransaction): string {
  switch (one.outcome) {
    case "committed":
      return `Committed: ${one.id}`;
    case "rolled_back":
      return `Rolled back: ${one.id}`;
    case "waiting":
      return `Waits: ${one.id}`;
    case "carried":
      return `Left alone: ${one.id}: somebody alive carries it`;
    case "stuck":
      return one.attention.length > 0
        ? `Needs a person: ${one.id}: ${one.attention.join(", ")}; ttm 2pc resolve ${one.id} --settled|--retry --why REASON`
        : `Not settled: ${one.id}: the module has no participant ${one.missing.join(", ")}`;
  }
}

function toldAway(
  id: string,
  { participant, sinceMs, error }: TwoPhaseStatus["away"][number],
): string {
  return `Away: ${id}: ${participant}, since ${new Date(sinceMs).toISOString()}: ${error}`;
}

function toldOrphan({ branch: { txn, participant }, outcome, error }: SettledOrphan): string {
  const what = {
    committed: "Committed",
    rolled_back: "Rolled back",
    away: "Away",
    heuristic: "Needs a person",
  };
  const why = error === undefined ? "" : `: ${error}`;
  return `${what[outcome]}: ${txn}: left at ${participant}${why}`;
}
