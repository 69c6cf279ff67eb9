import { judgeChanges, type LoopGuard, NO_LOOP } from "./watch-loop.ts";
import { type Carer, type Round, type Seen, type Ward, wordsOf } from "./ward.ts";
import { wish } from "./wishes.ts";

/** Editors write a file in several steps, and builds write many. */
const QUIET_MS = 200;
/** Of what changed, so many paths are told. */
const MOST_PATHS = 20;

/** The watch on a service's files. */
interface Files {
  /** What is watched, as text: another is another watch. */
  readonly what: string;
  /** Resolves with what ends it. */
  readonly opened: Promise<() => void>;
  changed: Set<string>;
  guard: LoopGuard;
}

/** Restarts services whose files change. */
export function fileRestarts(round: Round): Carer {
  const { ports, times } = round;
  const { alarm, complain } = ports;
  const all = new Map<Ward, Files>();

  function open(ward: Ward, what: string, watch: NonNullable<Seen["care"]["watch"]>): void {
    const opened = ports
      .watchFiles(watch, (path) => onChange(ward, path))
      .catch((error: unknown) => {
        complain(`${ward.name}: its files cannot be watched: ${wordsOf(error)}`);
        return () => {};
      });
    all.set(ward, { what, opened, changed: new Set(), guard: NO_LOOP });
  }

  function close(ward: Ward): void {
    const files = all.get(ward);
    all.delete(ward);
    times.cancel(`files ${ward.name}`);
    if (files !== undefined) round.track(files.opened.then((end) => end()));
  }

  function onChange(ward: Ward, path: string): void {
    const files = all.get(ward);
    if (files === undefined || files.guard.own.has(path)) return;
    if (files.changed.size < MOST_PATHS) files.changed.add(path);
    times.set(`files ${ward.name}`, QUIET_MS, () => onQuiet(ward));
  }

  function onQuiet(ward: Ward): void {
    const files = all.get(ward);
    const { seen, name } = ward;
    if (files === undefined || seen === undefined) return;
    if (ward.isActing || seen.state === "starting") {
      // the run that is being started may have begun before the change
      times.set(`files ${name}`, QUIET_MS, () => onQuiet(ward));
      return;
    }
    const changed = [...files.changed];
    files.changed = new Set();
    const sinceStartMs = alarm.now() - QUIET_MS - (seen.startedAtMs ?? -Infinity);
    const { guard, paths, nowOwn } = judgeChanges(files.guard, { paths: changed, sinceStartMs });
    files.guard = guard;
    if (nowOwn.length > 0) {
      complain(
        `${name}: restarts by itself through ${nowOwn.join(", ")}, which is ignored from now on`,
      );
    }
    if (paths.length > 0) wish(round, ward, { reason: "watch", about: { paths } });
  }

  return {
    arrange(ward, { care: { watch }, isWanted }) {
      const what = watch === undefined || !isWanted ? undefined : JSON.stringify(watch);
      if (what === all.get(ward)?.what) return;
      close(ward);
      if (watch !== undefined && what !== undefined) open(ward, what, watch);
    },
    release: close,
  };
}
