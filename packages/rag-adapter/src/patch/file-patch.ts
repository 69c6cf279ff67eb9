import { TetraError } from "@tetra/errors";
import { parsePatch, type StructuredPatch } from "diff";
import type { PatchErrorCode } from "./errors.ts";
import { refuseLooseLines } from "./loose-lines.ts";
import { miscountedHunk } from "./miscounted-hunk.ts";

/** A place of a file that a patch changes. */
export interface Hunk {
  /** The first line that is meant, from 1. */
  readonly start: number;
  /** What is there, line by line; each with its newline, unless the file ends without one. */
  readonly old: readonly string[];
  /** What will be there. */
  readonly fresh: readonly string[];
  /** How many lines at its beginning and end are there before and after. */
  readonly leading: number;
  readonly trailing: number;
}

/** What a patch does with one file. Paths are as written, without `a/` and `b/`. */
export interface FilePatch {
  readonly action: "create" | "modify" | "delete" | "rename" | "copy";
  /** The file that is read; for `create` the same as `to`. */
  readonly from: string;
  /** The file that is written; for `delete` the same as `from`. */
  readonly to: string;
  readonly hunks: readonly Hunk[];
  /** Whether the file is to be executable, where the patch says so. */
  readonly isExecutable?: boolean;
  /** Whether what is deleted is a symbolic link. */
  readonly isLink: boolean;
}

const NOTHING = "/dev/null";
/** What git format-patch puts behind the last hunk. */
const SIGNATURE = /\n-- \n[0-9]+\.\S*\s*$/;
const FILE = "100644";
const PROGRAM = "100755";
const LINK = "120000";

/**
 * Reads a unified diff, of git or of diff(1). Nothing in it is passed over.
 * @throws TetraError `INVALID_ANSWER`
 */
export function parseFilePatches(patch: string): readonly FilePatch[] {
  // line ends that somebody changed on the way, header lines too
  const plain = /(?<!\r)\n/.test(patch) ? patch : patch.replaceAll("\r\n", "\n");
  const text = plain.replace(SIGNATURE, "\n");
  refuseLooseLines(text);
  return parsed(text).filter(saysSomething).map(filePatch);
}

function parsed(text: string): readonly StructuredPatch[] {
  try {
    return parsePatch(text);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : "";
    const [, line] = /hunk at line (\d+)/i.exec(problem) ?? [];
    const told = line === undefined ? undefined : miscountedHunk(text, Number(line));
    throw refused(told ?? problem.split("\n")[0]?.slice(0, 200) ?? "", cause);
  }
}

/** Text in front of the first file, or behind the last, comes as a file without names. */
function saysSomething({ oldFileName, newFileName, hunks }: Partial<StructuredPatch>): boolean {
  if (oldFileName !== undefined || newFileName !== undefined) return true;
  if (hunks === undefined || hunks.length === 0) return false;
  throw refused("a hunk comes before any --- and +++ lines");
}

function filePatch(one: StructuredPatch): FilePatch {
  const names = namesOf(one);
  const modes = [one.oldMode, one.newMode].filter((mode) => mode !== undefined);
  const action = actionOf(one, names);
  const path = action === "create" ? names.to : names.from;
  const isLink = action === "delete" && one.oldMode === LINK;
  const isKnown = modes.every((mode) => [FILE, PROGRAM].includes(mode));
  if (!isLink && !isKnown) throw refused(`${path}: makes or changes what is no regular file`);
  const hunks = one.hunks.map(hunkOf);
  if (action === "modify" && hunks.length === 0 && one.newMode === undefined) {
    throw refused(`${path}: says nothing about what changes`);
  }
  return {
    action,
    from: action === "create" ? names.to : names.from,
    to: action === "delete" ? names.from : names.to,
    hunks,
    ...(one.newMode === undefined ? {} : { isExecutable: one.newMode === PROGRAM }),
    isLink,
  };
}

function actionOf(
  { isCreate, isDelete, isRename, isCopy }: StructuredPatch,
  { from, to }: { readonly from: string; readonly to: string },
): FilePatch["action"] {
  if (isCreate === true || from === NOTHING) return "create";
  if (isDelete === true || to === NOTHING) return "delete";
  if (isCopy === true) return "copy";
  return isRename === true || from !== to ? "rename" : "modify";
}

function namesOf({ oldFileName = "", newFileName = "" }: StructuredPatch): {
  from: string;
  to: string;
} {
  const isPrefixed =
    (oldFileName.startsWith("a/") || oldFileName === NOTHING) &&
    (newFileName.startsWith("b/") || newFileName === NOTHING);
  const bare = (name: string): string =>
    isPrefixed && name !== NOTHING ? name.slice("a/".length) : name;
  return { from: bare(oldFileName), to: bare(newFileName) };
}

function hunkOf({ oldStart, lines }: StructuredPatch["hunks"][number]): Hunk {
  const old: string[] = [];
  const fresh: string[] = [];
  const kinds: string[] = [];
  lines.forEach((line, at) => {
    if (line.startsWith("\\")) return;
    const end = lines[at + 1]?.startsWith("\\") === true ? "" : "\n";
    const text = `${line.slice(1)}${end}`;
    const kind = line === "" ? " " : line.slice(0, 1);
    kinds.push(kind);
    if (kind !== "+") old.push(text);
    if (kind !== "-") fresh.push(text);
  });
  const first = kinds.findIndex((kind) => kind !== " ");
  const last = kinds.findLastIndex((kind) => kind !== " ");
  if (first === -1) throw refused(`the hunk at line ${oldStart} changes nothing`);
  return { start: oldStart, old, fresh, leading: first, trailing: kinds.length - 1 - last };
}

function refused(problem: string, cause?: unknown): TetraError<PatchErrorCode> {
  return new TetraError("INVALID_ANSWER", `patch.diff: ${problem}`, {
    hint: "ask for a unified diff of text files, as git diff writes it",
    ...(cause === undefined ? {} : { cause }),
  });
}
