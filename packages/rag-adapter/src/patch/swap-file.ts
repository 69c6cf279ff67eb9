import { createHash } from "node:crypto";
import { TetraError } from "@tetra/errors";
import type { PatchErrorCode } from "./errors.ts";
import type { ProjectFiles } from "./project-files.ts";
import { ASIDE, folderOf } from "./project-path.ts";
import { isSame, type Standing, standingAt } from "./standing.ts";

// One file from one standing to another, whoever dies meanwhile and whoever else writes.
//
// W1. At every moment the path holds the one or the other, whole. Only a removal leaves nothing, and it is
//     what was wanted.
// W2. What takes the path's place is written under another name in the same folder and flushed before.
// W3. What is displaced is looked at after the exchange, not before: somebody may have written in between. What
//     is neither the one nor the other is somebody's work, and is put back.
// W4. The name aside is the same for the change and for its undoing, so whoever comes next finds what a dead
//     process left. What is still being written has yet another name, so whatever is found aside is whole.
// W6. The folder is still where it was when the path was checked: no link has taken its place.
// W5. Both standings are kept in the transaction: what is found aside and is one of them may be removed.

/** A change of one file. */
export interface Swap {
  readonly path: string;
  /** Told from other changes of the same file by it, and the same for what undoes it. */
  readonly token: string;
  readonly from: Standing;
  readonly to: Standing;
  /** The content of `to`, when it is a file. */
  readonly content: () => Promise<Uint8Array>;
}

/** How a swap ended: `already` when the file was as wanted. */
export type Swapped = "changed" | "already";

/**
 * Makes a file what it shall be, if it is what it was. Durable once resolved; called again after a crash it
 * finishes.
 * @throws TetraError `FILE_CHANGED` when it is neither: nothing is changed then.
 */
export async function swapFile(files: ProjectFiles, swap: Swap): Promise<Swapped> {
  const { path, from, to } = swap;
  const content = to.kind === "file" ? await swap.content() : new Uint8Array();
  const places = placesOf(swap);
  if (!isInPlace(files, places.folder)) {
    if (to.kind === "absent" && files.look(path) === undefined) return "already";
    throw changed(path, ": the folder that it is in is gone or leads elsewhere");
  }
  settle(files, swap, places);
  const now = standingAt(files, path);
  if (isSame(now, to)) {
    files.flush(places.folder); // whoever did it may have died before
    return "already";
  }
  if (!isSame(now, from)) throw changed(path);
  if (to.kind === "absent") takeAway(files, swap, places);
  else if (from.kind === "absent") bring(files, { ...swap, to, bytes: content }, places);
  else exchange(files, { ...swap, to, bytes: content }, places);
  files.flush(places.folder);
  return "changed";
}

interface Places {
  readonly folder: string;
  /** What is being written. W4 */
  readonly unfinished: string;
  /** What waits to take the path's place, or had to give it up. */
  readonly aside: string;
}

function placesOf({ path, token }: Pick<Swap, "path" | "token">): Places {
  const folder = folderOf(path);
  const key = createHash("sha256").update(`${token}\n${path}`).digest("hex").slice(0, 16);
  const aside = `${folder === "" ? "" : `${folder}/`}${ASIDE}${key}`;
  return { folder, unfinished: `${aside}.part`, aside };
}

/** W6 */
function isInPlace(files: ProjectFiles, folder: string): boolean {
  if (folder === "") return true;
  const absolute = `${files.root === "/" ? "" : files.root}/${folder}`;
  return files.look(folder)?.kind === "folder" && files.real(folder) === absolute;
}

/** Finishes what a dead process left. */
function settle(files: ProjectFiles, swap: Swap, { unfinished, aside }: Places): void {
  if (files.look(unfinished) !== undefined) files.remove(unfinished);
  if (files.look(aside) !== undefined) settleAside(files, swap, aside);
}

/** W3 */
function settleAside(files: ProjectFiles, { path, from, to }: Swap, aside: string): void {
  const left = standingAt(files, aside);
  if (isSame(left, from) || isSame(left, to)) {
    files.remove(aside); // W5
    return;
  }
  const now = standingAt(files, path);
  if (now.kind === "absent") files.publish(aside, path);
  else if (isStanding(left) && isSame(now, left)) files.remove(aside); // it has both names since an earlier try
  else if (isSame(now, from) || isSame(now, to)) files.exchange(aside, path);
  else throw changed(path, `; what was there before is ${aside}`);
  if (files.look(aside) !== undefined) files.remove(aside);
  files.flush(folderOf(path));
  throw changed(path);
}

function isStanding(found: ReturnType<typeof standingAt>): found is Standing {
  return found.kind !== "folder" && found.kind !== "other";
}

type Bringing = Omit<Swap, "to"> & {
  readonly to: Exclude<Standing, { kind: "absent" }>;
  readonly bytes: Uint8Array;
};

/** W2 */
function prepare(
  files: ProjectFiles,
  { to, bytes }: Bringing,
  { unfinished, aside }: Places,
): void {
  try {
    if (to.kind === "link") files.link(to.target, unfinished, to.modified_ns);
    else {
      const { mode, uid, gid, modified_ns: modifiedNs } = to;
      files.create(unfinished, bytes, { mode, owner: { uid, gid }, modifiedNs });
    }
  } catch (error) {
    // a full disk: nothing of it stays
    if (files.look(unfinished) !== undefined) files.remove(unfinished);
    throw error;
  }
  files.rename(unfinished, aside);
}

function bring(files: ProjectFiles, swap: Bringing, places: Places): void {
  prepare(files, swap, places);
  try {
    files.publish(places.aside, swap.path);
  } catch (error) {
    files.remove(places.aside);
    throw isTaken(error) ? changed(swap.path) : error;
  }
  if (files.look(places.aside) !== undefined) files.remove(places.aside);
}

function exchange(files: ProjectFiles, swap: Bringing, places: Places): void {
  prepare(files, swap, places);
  if (!isSame(standingAt(files, swap.path), swap.from)) {
    files.remove(places.aside);
    throw changed(swap.path);
  }
  files.exchange(places.aside, swap.path);
  if (files.look(places.aside) !== undefined) settleAside(files, swap, places.aside);
}

function takeAway(files: ProjectFiles, swap: Swap, { aside }: Places): void {
  files.rename(swap.path, aside);
  settleAside(files, swap, aside);
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EEXIST";
}

function changed(path: string, more = ""): TetraError<PatchErrorCode> {
  return new TetraError("FILE_CHANGED", `${path}: somebody else has changed it meanwhile${more}`, {
    hint: "look at it; what was there is kept in the transaction's artifacts",
    details: { path },
  });
}
