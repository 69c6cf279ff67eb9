/** The parts of a name in `ctx/evidence/`. */
export interface EvidenceName {
  /** 100, 110, 120 …: the order of evidence. */
  readonly rank: number;
  /** Base name of the source, lower-cased, its dots as `_`. */
  readonly kind: string;
  /** A copy with its own text, or a link to the source. */
  readonly form: "file" | "link";
  /** Switched off evidence has `.skip` behind its name, and counts nowhere. */
  readonly isActive: boolean;
}

const FIRST_RANK = 100;
const STEP = 10;
const NAME = /^([0-9]{1,15})_(.*)\.evidence\.(md|link)(\.skip)?$/s;
/** Bytes that a name has besides its kind, at most. */
const KIND_BYTES = 255 - "999999999999999_.evidence.link.skip".length;
const encoder = new TextEncoder();

/** The kind that evidence from `source` has. */
export function evidenceKind(source: string): string {
  const base = source.slice(source.lastIndexOf("/") + 1);
  // oxlint-disable-next-line eslint/no-control-regex -- names with line breaks cannot be listed
  let kind = base.toLowerCase().replaceAll(/[.\u0000-\u001F\u007F]/g, "_");
  while (encoder.encode(kind).length > KIND_BYTES) kind = Array.from(kind).slice(0, -1).join("");
  return kind;
}

/** A name in `ctx/evidence/`. */
export function formatEvidenceName({ rank, kind, form, isActive }: EvidenceName): string {
  const suffix = form === "file" ? "md" : "link";
  return `${rank}_${kind}.evidence.${suffix}${isActive ? "" : ".skip"}`;
}

/** Reads a name; `undefined` when it is none of evidence. */
export function parseEvidenceName(name: string): EvidenceName | undefined {
  const [, rank, kind, suffix, skip] = NAME.exec(name) ?? [];
  if (rank === undefined || kind === undefined) return undefined;
  return {
    rank: Number(rank),
    kind,
    form: suffix === "link" ? "link" : "file",
    isActive: skip === undefined,
  };
}

/** The rank of the next evidence: ten more than the highest, switched off evidence included; at first 100. */
export function nextRank(names: readonly EvidenceName[]): number {
  return names.reduce((most, { rank }) => Math.max(most, rank), FIRST_RANK - STEP) + STEP;
}

/** A piece of evidence by its name as it stands. */
export interface NamedEvidence extends EvidenceName {
  readonly name: string;
}

/** Evidence among names, by rank, then bytewise. */
export function evidenceAmong(names: readonly string[]): readonly NamedEvidence[] {
  return names
    .flatMap((name): readonly NamedEvidence[] => {
      const parsed = parseEvidenceName(name);
      return parsed === undefined ? [] : [{ ...parsed, name }];
    })
    .toSorted((a, b) => a.rank - b.rank || compare(a.name, b.name));
}

/** A file that gets another name. */
export interface Renaming {
  readonly from: string;
  readonly to: string;
}

/**
 * How evidence gets the ranks 100, 110, 120 … in the order it has: first what moves down, upwards from the
 * lowest, then what moves up, downwards from the highest. So the order holds after every single step and no
 * name is ever taken: whoever dies in between leaves evidence in order, and the same again finishes it.
 */
export function rebasePlan(evidence: readonly NamedEvidence[]): readonly Renaming[] {
  const moves = evidence.map((one, at) => ({ one, rank: FIRST_RANK + STEP * at }));
  const down = moves.filter(({ one, rank }) => rank < one.rank);
  const up = moves.filter(({ one, rank }) => rank > one.rank).toReversed();
  return [...down, ...up].map(({ one, rank }) => ({
    from: one.name,
    to: formatEvidenceName({ ...one, rank }),
  }));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
