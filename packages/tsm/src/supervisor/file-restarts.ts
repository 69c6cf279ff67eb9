import { isSystemError } from "@tetra/durable-fs";
import { judgeChanges, type LoopGuard, NO_LOOP } from "./watch-loop.ts";
import { type Carer, type Round, type Seen, type Ward, wordsOf } from "./ward.ts";
import { wish } from "./wishes.ts";

/** Editors write a file in several steps, and builds write many. */
const QUIET_MS = 200;
/** Where something changes all the time, a restart comes so long after the first change. */
const LONGEST_MS = 2000;
/** Of what changed, so many paths are told. */
const MOST_PATHS = 20;

const MORE_WATCHES = "raise fs.inotify.max_user_watches (sysctl), or watch less: --watch-ignore";

/** The watch on a service's files. */
interface Files {
  /** What is watched, as text: another is another watch. */
  readonly what: string;
  /** Resolves with what ends it. */
  readonly opened: Promise<() => void>;
  changed: Set<string>;
  /** When the first of them changed, of the alarm's own time. */
  firstMs: number | undefined;
  guard: LoopGuard;
}

/** Restarts services whose files change. */
export function fileRestarts(round: Round): Carer {
  const { ports, times } = round;
  const { alarm, complain } = ports;
  const all = new Map<Ward, Files>();

  function open(ward: Ward, what: string, watch: NonNullable<Seen["care"]["watch"]>): void {
    const opened = ports
      .watchFiles(
        watch,
        (path) => onChange(ward, path),
        (error) => onError(ward, error),
      )
      .catch((error: unknown) => {
        onError(ward, error);
        return () => {};
      });
    all.set(ward, { what, opened, changed: new Set(), firstMs: undefined, guard: NO_LOOP });
  }

  function onError(ward: Ward, error: unknown): void {
    const { name, seen } = ward;
    if (!all.has(ward)) return;
    const isLimit = isSystemError(error, "ENOSPC") || isSystemError(error, "EMFILE");
    const what = `${wordsOf(error)}${isLimit ? `; ${MORE_WATCHES}` : ""}`;
    const text = `${name}: not all of its files can be watched: ${what}`;
    if (!round.warnings.begin(`files ${name}`, text)) return; // each folder says the same
    const { generation } = seen ?? {};
    round.note({ event: "watch_failed", name, generation, error: what });
  }

  function close(ward: Ward): void {
    const files = all.get(ward);
    round.warnings.end(`files ${ward.name}`);
    all.delete(ward);
    times.cancel(`files ${ward.name}`);
    if (files !== undefined) round.track(files.opened.then((end) => end()));
  }

  function onChange(ward: Ward, path: string): void {
    const files = all.get(ward);
    if (files === undefined || files.guard.own.has(path)) return;
    if (files.changed.size < MOST_PATHS) files.changed.add(path);
    files.firstMs ??= alarm.up();
    const leftMs = files.firstMs + LONGEST_MS - alarm.up();
    times.set(`files ${ward.name}`, Math.max(0, Math.min(QUIET_MS, leftMs)), () => onQuiet(ward));
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
    const agoMs = alarm.up() - (files.firstMs ?? alarm.up());
    files.changed = new Set();
    files.firstMs = undefined;
    const sinceStartMs = alarm.now() - agoMs - (seen.startedAtMs ?? -Infinity);
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
