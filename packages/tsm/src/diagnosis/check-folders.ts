import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path/posix";
import type { DoctorWorld } from "./doctor-world.ts";
import { type Finding, findingsOf } from "./finding.ts";

/** What a path is. */
export interface PathFacts {
  readonly path: string;
  readonly kind: "folder" | "file" | "other" | "absent";
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
  const folders = FOLDERS.map((name) => join(folder, name));
  const secrets = services
    .names()
    .map((name) => join(folder, "runtime/processes", name, "environment.json"));
  return [...folders.map(factsOf), ...secrets.map(factsOf).filter(({ kind }) => kind === "file")];
}

function factsOf(path: string): PathFacts {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    return { path, kind: "absent", mode: 0, isOurs: false, isWritable: false };
  }
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
  return facts.map(({ path, kind, mode, isOurs, isWritable: canWrite }): Finding => {
    if (kind === "absent") {
      const repair = { type: "make-folder", path } as const;
      return found.warning(path, "is not there", { fix: "make it: tsm doctor --fix", repair });
    }
    const isSecret = kind === "file";
    if (kind === "other") return found.error(path, "is no folder", "move it away");
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
