import { lstatSync, readFileSync } from "node:fs";

/** This run of the machine's kernel: what it holds in memory is the same as long as this is. */
export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/** The file system that a path is on. */
export function deviceOf(path: string): bigint {
  return lstatSync(path, { bigint: true }).dev;
}

/** A place where another file system, or another part of one, was attached. */
interface Mount {
  readonly id: string;
  readonly path: string;
}

/** Every mount point of this process, in the order of mounting. Paths as text: mounts with other names do not occur. */
function mounts(): readonly Mount[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [id = "", , , , path = ""] = line.split(" ");
      const unescaped = path.replaceAll(/\\([0-7]{3})/g, (_all, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      );
      return { id, path: unescaped };
    });
}

/** The mount points inside a folder, and the folder itself when it is one. */
export function mountsIn(folder: string): readonly string[] {
  return mounts()
    .map(({ path }) => path)
    .filter((path) => isWithin(path, folder));
}

/** Which mount a path is on: between two of them nothing can be renamed, even on one file system. */
export function mountOf(path: string): string {
  const around = mounts().filter((mount) => isWithin(path, mount.path));
  const longest = Math.max(...around.map((mount) => mount.path.length));
  return around.findLast((mount) => mount.path.length === longest)?.id ?? "";
}

/** Whether a path is a folder or something in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}
