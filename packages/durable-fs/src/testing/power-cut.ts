import type { FolderImage } from "./image.ts";
import { seededRandom } from "./seeded-random.ts";
import type { Storage } from "./storage.ts";
import { type Change, KEPT, LOST, type Survival, Survivors, tear } from "./survivor.ts";

/** How many disks a power cut is followed into. */
export interface PowerCutOptions {
  /** At most so many disks, the most telling first. Default 256. */
  readonly limit?: number;
  /** For the random choices that fill up to the limit. Default 0. */
  readonly seed?: number;
}

/** What one power cut left. */
export interface Survivor {
  readonly root: FolderImage;
  /** What it took, for messages. */
  readonly story: () => string;
}

const NEWLINE = 10;
/** So many random choices in a row without a new disk mean that (nearly) all have been seen. */
const MOST_REPEATS = 24;

/**
 * The distinct disks that a power cut could leave now.
 * @yields the most telling first.
 */
export function* surviving(
  storage: Storage,
  { limit = 256, seed = 0 }: PowerCutOptions = {},
): Generator<Survivor, void, undefined> {
  const survivors = new Survivors(storage);
  const seen = new Set<string>();
  let repeats = 0;
  for (const { survivals, random } of choices(survivors.changes, seed)) {
    if (seen.size >= limit) return;
    const root = survivors.image(survivals);
    const { fingerprint } = root;
    if (seen.has(fingerprint)) {
      repeats = random ? repeats + 1 : 0;
      if (repeats > MOST_REPEATS) return;
      continue;
    }
    repeats = 0;
    seen.add(fingerprint);
    const story = (): string => tell(survivors.changes, survivals);
    yield { root, story };
  }
}

interface Choice {
  readonly survivals: readonly Survival[];
  readonly random: boolean;
}

/** @yields endlessly when anything is undecided: the random ones go on for ever. */
function* choices(changes: readonly Change[], seed: number): Generator<Choice, void, undefined> {
  for (const survivals of systematic(changes)) yield { survivals, random: false };
  if (changes.length === 0) return;
  const random = seededRandom(seed);
  for (;;) yield { survivals: changes.map((change) => chance(change, random)), random: true };
}

function* systematic(changes: readonly Change[]): Generator<readonly Survival[], void, undefined> {
  const all = (choose: (change: Change, index: number) => Survival): readonly Survival[] =>
    changes.map((change, index) => choose(change, index));

  yield all(() => LOST);
  yield all(() => KEPT);
  yield all((change) => (isEntry(change) ? KEPT : LOST));
  yield all((change) => (isEntry(change) ? KEPT : tear(0, true)));
  yield all((change) => (isEntry(change) ? LOST : KEPT));
  for (const at of changes.keys()) {
    yield all((_, index) => (index === at ? LOST : KEPT));
    yield all((_, index) => (index === at ? KEPT : LOST));
    yield all((_, index) => (index < at ? KEPT : LOST));
  }
  for (const [at, change] of changes.entries()) {
    for (const torn of tears(change)) {
      yield all((_, index) => (index === at ? torn : KEPT));
      yield all((_, index) => {
        if (index === at) return torn;
        return index < at ? KEPT : LOST;
      });
    }
  }
}

function isEntry(change: Change): boolean {
  return "entries" in change;
}

/** The telling ways to tear a write: where parsers and length checks are most easily fooled. */
function tears(change: Change): readonly Survival[] {
  if (!("type" in change) || change.type !== "write") return [];
  const { bytes } = change;
  const firstLine = bytes.indexOf(NEWLINE) + 1;
  const lastLine = bytes.lastIndexOf(NEWLINE, -2) + 1;
  const points = new Set([
    1,
    bytes.length >> 1,
    bytes.length - 1,
    firstLine,
    firstLine - 1,
    lastLine,
  ]);
  const within = [...points].filter((point) => point > 0 && point < bytes.length);
  const zeroed = [0, firstLine, bytes.length >> 1].filter((point) => point < bytes.length);
  return [
    ...within.map((point) => tear(point, false)),
    ...new Set(zeroed.map((point) => tear(point, true))),
  ];
}

function chance(change: Change, random: () => number): Survival {
  const roll = random();
  if (roll < 0.45) return KEPT;
  if (roll < 0.8 || isEntry(change) || !("bytes" in change)) return LOST;
  return tear(Math.floor(random() * change.bytes.length), random() < 0.5);
}

function tell(changes: readonly Change[], survivals: readonly Survival[]): string {
  const lines = changes.map(
    (change, index) => `${fateOf(survivals[index] ?? KEPT)} ${what(change)}`,
  );
  return lines.length === 0 ? "everything was flushed" : lines.join("\n");
}

function fateOf(survival: Survival): string {
  if (survival === KEPT) return "kept";
  if (survival === LOST) return "lost";
  const rest = (survival & 1) === 1 ? ", rest zeros" : "";
  return `torn after ${survival >> 1} bytes${rest}:`;
}

function what(change: Change): string {
  if ("entries" in change) return change.label;
  return change.type === "write"
    ? `write ${change.path} ${change.bytes.length} bytes at ${change.offset}`
    : `truncate ${change.path} to ${change.length}`;
}
