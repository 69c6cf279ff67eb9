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
}

/**
 * Watches files and folders, with all below them. @returns what ends the watch
 */
export async function watchFiles(
  { paths, ignore }: FileWatch,
  { except, onChange }: WatchOptions,
): Promise<() => void> {
  // only where something is watched
  const [{ watch }, { default: picomatch }] = await Promise.all([
    import("chokidar"),
    import("picomatch"),
  ]);
  const isIgnored = picomatch([...NEVER, ...ignore], { dot: true });
  const isBelow = (path: string, folder: string): boolean =>
    path === folder || path.startsWith(`${folder}/`);
  const watcher = watch([...paths], {
    ignoreInitial: true,
    ignored: (path) => {
      if (except.some((folder) => isBelow(path, folder))) return true;
      const root = paths.find((candidate) => isBelow(path, candidate));
      const inside = root === undefined ? path : relative(root, path);
      // a folder is passed over whole: `dist/**` also means dist
      return inside !== "" && (isIgnored(inside) || isIgnored(`${inside}/`));
    },
  });
  const ready = new Promise<void>((resolve) => {
    watcher.once("ready", resolve);
  });
  watcher.on("all", (_event, path) => onChange(path));
  // what cannot be watched (no permission, no watches left) is as if it never changed
  watcher.on("error", () => {});
  await ready;
  return () => void watcher.close();
}
