import type { TwoPhaseNotice } from "@tetra/tts-core/two-phase-commit";

/** What a coordinator tells, in one line; nothing for what is said elsewhere or was said before. */
export function toldNotice(notice: TwoPhaseNotice): string | undefined {
  switch (notice.type) {
    case "committed":
      return `${notice.id}  committed`;
    case "rolled_back":
      return `${notice.id}  rolled back: ${notice.reason}`;
    case "attention":
      return `${notice.id}  ${notice.participant} needs a person: ${notice.reason}`;
    case "away": {
      const { id, participant, error, attempts } = notice;
      return attempts > 1 ? undefined : `${id}  ${participant} is away: ${error}; told again later`;
    }
    case "unreadable":
      return `${notice.participant} cannot say what waits there: ${notice.error}; asked again later`;
    case "orphan": {
      const { branch, outcome, error = "" } = notice;
      const what = ORPHANS[outcome];
      return `${branch.txn}  left at ${branch.participant}: ${what}${error === "" ? "" : `: ${error}`}`;
    }
    case "begun":
    case "prepared":
    case "failed":
      return undefined;
  }
}

const ORPHANS = {
  committed: "committed",
  rolled_back: "rolled back",
  away: "cannot be settled yet",
  heuristic: "it had its own way",
} as const;
