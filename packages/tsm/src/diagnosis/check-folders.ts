import { accessSync, constants, type Stats, statSync } from "node:fs";
import { isSystemError } from "@tetra/durable-fs";
import { join } from "node:path/posix";
import type { DoctorWorld } from "./doctor-world.ts";
import { type Finding, findingsOf } from "./finding.ts";

/** What a path is; `hidden`: we may not even look. */
export interface PathFacts {
  readonly path: string;
  readonly kind: "folder" | "file" | "other" | "absent" | "hidden";
  /** Permission bits. */
  readonly mode: number;
  readonly isOurs: boolean;
  readonly isWritable: boolean;
}

const FOLDERS = ["", "runtime", "runtime/processes", "services-available", "services-enabled"];

/** The folders that must be private: environments of services are in them. */
const PRIVATE: ReadonlySet<string> = new Set(["", "runtime", "runtime/processes"]);

/** Looks at the folders of the service manager, and at files with secrets. */
export function lookAtFolders({
  folder,
  services,
}: Pick<DoctorWorld, "folder" | "services">): readonly PathFacts[] {
  const folders = ["..", ...FOLDERS].map((name) => join(folder, name));
  const secrets = (isReadable({ services }) ? services.names() : []).map((name) =>
    join(folder, "runtime/processes", name, "environment.json"),
  );
  return [...folders.map(factsOf), ...secrets.map(factsOf).filter(({ kind }) => kind === "file")];
}

/** Whether the services can be listed at all; what is wrong else, the folders tell. */
export function isReadable({ services }: Pick<DoctorWorld, "services">): boolean {
  try {
    services.names();
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

function factsOf(path: string): PathFacts {
  const nothing = { path, mode: 0, isOurs: false, isWritable: false };
  let stat: Stats | undefined;
  try {
    stat = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return { ...nothing, kind: error.code === "ENOTDIR" ? "absent" : "hidden" };
  }
  if (stat === undefined) return { ...nothing, kind: "absent" };
  return {
    path,
    kind: stat.isDirectory() ? "folder" : stat.isFile() ? "file" : "other",
    mode: stat.mode & 0o777,
    isOurs: stat.uid === process.getuid?.(),
    isWritable: isWritable(path),
  };
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false; // whatever the reason
  }
}

/** Judges them. */
export function folderFindings(folder: string, facts: readonly PathFacts[]): readonly Finding[] {
  const found = findingsOf("folders");
  const privates = new Set([...PRIVATE].map((name) => join(folder, name)));
  const folders = new Set(FOLDERS.map((name) => join(folder, name)));
  const root = join(folder, "..");
  const isRootNeeded = facts.some(({ path, kind }) => path === folder && kind === "absent");
  const isUseless = ({ path, kind }: PathFacts): boolean =>
    path === root && kind !== "folder" && kind !== "absent";
  // then nothing can be said of what is in it
  const told = facts.some(isUseless) ? facts.filter(isUseless) : facts;
  return told.map(({ path, kind, mode, isOurs, isWritable: canWrite }): Finding => {
    if (kind === "hidden") {
      return found.error(path, "cannot be looked at", "run tsm as the user it belongs to");
    }
    if (kind === "absent") {
      const repair = { type: "make-folder", path } as const;
      return found.warning(path, "is not there", { fix: "make it: tsm doctor --fix", repair });
    }
    const isSecret = path !== root && !folders.has(path);
    if (!isSecret && kind !== "folder") return found.error(path, "is no folder", "move it away");
    // it may be anybody's as long as our folder is in it
    if (path === root && !isRootNeeded) return found.ok(path, "there");
    if (!isOurs) return found.error(path, "belongs to another user", `chown it to yourself`);
    if (!canWrite) return found.error(path, "cannot be written", `chmod u+w ${path}`);
    const isOpen = (mode & 0o077) !== 0 && (isSecret || privates.has(path));
    if (!isOpen) return found.ok(path, isSecret ? "private" : "there");
    const repair = { type: "make-private", path, mode: mode & 0o700 } as const;
    return found.warning(path, `others may look into it (mode ${mode.toString(8)})`, {
      fix: `chmod go= ${path}, or tsm doctor --fix`,
      repair,
    });
  });
}
