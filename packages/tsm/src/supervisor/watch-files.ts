import { realpathSync } from "node:fs";
import { relative } from "node:path/posix";
import type { FileWatch } from "../care/service-care.ts";

/** What changes without anybody having edited it. */
const NEVER = [
  "**/node_modules/**",
  "**/.git/**",
  "**/*.{log,pid,swp,swx,tmp}",
  "**/*~",
  "**/.#*",
  "**/__pycache__/**",
];

/** What to watch besides what the service says. */
export interface WatchOptions {
  /** Folders in which nothing counts: that of Tetra itself, with its logs. */
  readonly except: readonly string[];
  readonly onChange: (path: string) => void;
  /** Something cannot be watched, such as for want of watches (`ENOSPC`, `EMFILE`): as if it never changed. */
  readonly onError: (error: unknown) => void;
}

/**
 * Watches files and folders, with all below them. A link that is given is followed, one that is found is
 * not: it may lead to what the service writes. @returns what ends the watch
 */
export async function watchFiles(
  { paths, ignore }: FileWatch,
  { except, onChange, onError }: WatchOptions,
): Promise<() => void> {
  // only where something is watched
  const [{ watch }, { default: picomatch }] = await Promise.all([
    import("chokidar"),
    import("picomatch"),
  ]);
  const isIgnored = picomatch([...NEVER, ...ignore], { dot: true });
  const isBelow = (path: string, folder: string): boolean =>
    path === folder || path.startsWith(`${folder}/`);
  const roots = paths.map(withoutLinks);
  const never = except.map(withoutLinks);
  const watcher = watch(roots, {
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (path) => {
      if (never.some((folder) => isBelow(path, folder))) return true;
      const root = roots.find((candidate) => isBelow(path, candidate));
      const inside = root === undefined ? path : relative(root, path);
      // a folder is passed over whole: `dist/**` also means dist
      return inside !== "" && (isIgnored(inside) || isIgnored(`${inside}/`));
    },
  });
  watcher.on("error", onError);
  await new Promise<void>((resolve) => {
    watcher.once("ready", resolve);
    // what could not be read may keep it from ever being ready
    watcher.once("error", () => resolve());
  });
  // not before: links that are there already are told as new
  watcher.on("all", (_event, path) => onChange(path));
  return () => void watcher.close();
}

function withoutLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // it is not there yet
  }
}
