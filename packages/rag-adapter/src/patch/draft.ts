import { TetraError } from "@tetra/errors";
import { byteText, bytesOfText } from "./byte-text.ts";
import type { PatchErrorCode } from "./errors.ts";
import type { FileChange } from "./file-change.ts";
import type { ProjectFiles } from "./project-files.ts";
import { projectPath } from "./project-path.ts";
import { digestOf, isSame, type Standing, standingAt } from "./standing.ts";

/** A file as it will be once what was drafted so far is done. */
export type DraftFile =
  | { readonly kind: "absent" }
  | {
      readonly kind: "file";
      /** A character for each byte. */
      readonly content: string;
      readonly mode: number;
    }
  | { readonly kind: "link"; readonly target: string };

/** Changes of a project that are worked out, one upon the other, and not made. */
export interface Draft {
  /** @throws TetraError `PATH_REFUSED`, `NOT_RESTORABLE` */
  at(path: string): DraftFile;
  write(path: string, file: { readonly content: string; readonly mode: number }): void;
  remove(path: string): void;
  result(): {
    readonly changes: readonly FileChange[];
    /** Files that shall be what they are. */
    readonly unchanged: readonly string[];
    /** Outermost first. */
    readonly folders: readonly string[];
  };
}

interface Entry {
  readonly path: string;
  readonly before: Standing;
  readonly old: Uint8Array | undefined;
  readonly missing: readonly string[];
  now: DraftFile;
  isTaken: boolean;
}

/** Begins a draft on the project as it is. */
export function draftOf(files: ProjectFiles): Draft {
  const entries = new Map<string, Entry>();

  function entryOf(given: string): Entry {
    const { path, missing } = projectPath(files, given);
    const known = entries.get(path);
    if (known !== undefined) return known;
    const { before, old } = beforeOf(files, path);
    const now = draftFile(before, old);
    const made = { path, before, old, missing, now, isTaken: false };
    entries.set(path, made);
    return made;
  }

  function set(given: string, now: DraftFile): void {
    const entry = entryOf(given);
    entry.now = now;
    entry.isTaken = true;
  }

  return {
    at: (path) => entryOf(path).now,
    write: (path, { content, mode }) => set(path, { kind: "file", content, mode }),
    remove: (path) => set(path, { kind: "absent" }),
    result() {
      const taken = [...entries.values()].filter(({ isTaken }) => isTaken);
      const all = taken.map(changeOf);
      const changes = all.filter(({ before, after }) => !isSame(before, after));
      const unchanged = all.filter((change) => !changes.includes(change)).map(({ path }) => path);
      refuseNested(changes);
      const made = taken.filter(({ now }) => now.kind === "file");
      const folders = [...new Set(made.flatMap(({ missing }) => missing))];
      return { changes, unchanged, folders: folders.toSorted((a, b) => (a < b ? -1 : 1)) };
    },
  };
}

/** What is there, if it can be put back exactly. */
function beforeOf(
  files: ProjectFiles,
  path: string,
): { readonly before: Standing; readonly old: Uint8Array | undefined } {
  const look = files.look(path);
  if (look?.kind === "file" && look.names > 1) {
    throw unrestorable(
      path,
      `it has ${look.names} names (hard links), and would be parted from them`,
    );
  }
  if (look?.kind === "file" && !files.mayOwn(look.owner)) {
    throw unrestorable(path, "it is somebody else's, and would become ours");
  }
  const before = standingAt(files, path);
  if (before.kind === "folder" || before.kind === "other") {
    throw unrestorable(path, before.kind === "folder" ? "it is a folder" : "it is no regular file");
  }
  return { before, old: before.kind === "file" ? files.read(path) : undefined };
}

function draftFile(before: Standing, old: Uint8Array | undefined): DraftFile {
  switch (before.kind) {
    case "absent":
      return before;
    case "link":
      return { kind: "link", target: before.target };
    case "file":
      return { kind: "file", content: byteText(old ?? new Uint8Array()), mode: before.mode };
  }
}

function changeOf({ path, before, old, now }: Entry): FileChange {
  const fresh = now.kind === "file" ? bytesOfText(now.content) : undefined;
  return {
    path,
    before,
    after: afterOf(now, fresh, before),
    ...(old === undefined ? {} : { old }),
    ...(fresh === undefined ? {} : { fresh }),
  };
}

function afterOf(now: DraftFile, fresh: Uint8Array | undefined, before: Standing): Standing {
  if (now.kind === "link" && before.kind === "link") return before;
  if (now.kind !== "file" || fresh === undefined) return { kind: "absent" };
  const digest = digestOf(fresh);
  const { uid, gid } = before.kind === "file" ? before : { uid: -1, gid: -1 };
  return { kind: "file", digest, bytes: fresh.length, mode: now.mode, uid, gid };
}

/** A file cannot be where another one's folder is to be. */
function refuseNested(changes: readonly FileChange[]): void {
  const made = changes.filter(({ after }) => after.kind === "file").map(({ path }) => path);
  const inner = made.find((path) => made.some((other) => path.startsWith(`${other}/`)));
  if (inner === undefined) return;
  throw new TetraError<PatchErrorCode>("PATCH_MISMATCH", `${inner}: a part of its path is a file`, {
    hint: "ask for a patch of the files as they are now",
    details: { file: inner },
  });
}

function unrestorable(path: string, why: string): TetraError<PatchErrorCode> {
  return new TetraError("NOT_RESTORABLE", `${path}: ${why}`, {
    hint: "change it by hand, or leave it out of the patch",
    details: { path },
  });
}
