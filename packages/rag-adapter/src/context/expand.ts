import { isTetraError, TetraError } from "@tetra/errors";
import { compareBytes } from "@tetra/tts-core";
import picomatch from "picomatch";
import { slice } from "../evidence/span.ts";
import type { ContextErrorCode } from "./errors.ts";
import { type Found, textOf, type UnusableEvidence } from "./evidence.ts";
import type { EvidenceTree } from "./evidence-tree.ts";
import { IGNORE_FILE, type IgnoreRules, rootRules } from "./ignore-rules.ts";
import type { Selection } from "./selection.ts";

// X1. Nothing outside the root is read: a path that leads out is refused, a link found on the way is named.
// X2. The same selections of the same files give the same evidence in the same order: that of the selections,
//     and bytewise by path within one.
// X3. However large a tree is, looking through it ends.
// X4. A path that is written out is taken, whatever ignore files say; patterns keep to them.

/** How far looking goes. */
export interface ExpandLimits {
  /** Names looked at for all patterns together. Default 50,000. */
  readonly mostNames?: number;
  /** Bytes of a file that is still read. Default 4 MiB. */
  readonly mostBytes?: number;
}

const MOST_NAMES = 50_000;
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Reads what is selected, in order.
 * @throws TetraError `PATH_REFUSED` when a selection leads out of the root, `INVALID_INPUT` when there is more
 *   to look through than the limit.
 */
export async function expand(
  tree: EvidenceTree,
  selections: readonly Selection[],
  { mostNames = MOST_NAMES, mostBytes = MOST_BYTES }: ExpandLimits = {},
): Promise<readonly Found[]> {
  const looking: Looking = { tree, mostBytes, left: mostNames, mostNames };
  const found: Found[] = [];
  for (const selection of selections) found.push(...(await expandOne(looking, selection)));
  return found;
}

interface Looking {
  readonly tree: EvidenceTree;
  readonly mostBytes: number;
  readonly mostNames: number;
  left: number;
}

async function expandOne(looking: Looking, selection: Selection): Promise<readonly Found[]> {
  const path = relativePath(looking.tree, selection);
  const there = await looking.tree.find(path);
  if (there !== undefined) {
    if (!isAllowed(looking.tree, there.path))
      throw refused(selection.text, "leads out of the folder");
    if (there.kind !== "folder") return [await readOne(looking, path, selection)];
  }
  if (there === undefined && !selection.isPattern) return [unusable(path, "missing")];
  const pattern = there === undefined ? path : path === "" ? "**" : `${escaped(path)}/**`;
  const paths = await matching(looking, pattern);
  if (paths.length === 0) return [unusable(path, "no match")];
  const found: Found[] = [];
  for (const one of paths) found.push(await readOne(looking, one, selection));
  return found;
}

/** X1 */
function relativePath({ root }: EvidenceTree, { file, text }: Selection): string {
  const prefix = root === "/" ? "/" : `${root}/`;
  const inside = file.startsWith(prefix) ? file.slice(prefix.length) : file;
  if (inside.startsWith("/") && file !== root) throw refused(text, "is outside the folder");
  const parts = (file === root ? "" : inside)
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw refused(text, "leads out of the folder");
  return parts.join("/");
}

function escaped(path: string): string {
  return path.replaceAll(/[\\*?[\]{}()!+@|^$]/g, String.raw`\$&`);
}

async function readOne(looking: Looking, path: string, { range, tags }: Selection): Promise<Found> {
  const { tree, mostBytes } = looking;
  const there = await tree.find(path);
  if (there === undefined) return unusable(path, "missing");
  if (!isAllowed(tree, there.path)) return unusable(path, "outside", "a link that leads out");
  if (there.kind !== "file") return unusable(path, "unreadable", "no regular file");
  if (there.bytes > mostBytes) return unusable(path, "too large", `${there.bytes} bytes`);
  try {
    const { bytes, span } = slice(await tree.read(there.path), range, path);
    const text = textOf(bytes, range.unit === "bytes");
    if (text === undefined) return unusable(path, "binary");
    return { type: "evidence", evidence: { path, span, tags, text } };
  } catch (error) {
    if (isTetraError(error, "INVALID_INPUT")) return unusable(path, "no match", error.message);
    if (error instanceof Error && "code" in error) {
      return unusable(path, "unreadable", String(error.code));
    }
    throw error;
  }
}

/** Paths that a pattern fits. X2 */
async function matching(looking: Looking, pattern: string): Promise<readonly string[]> {
  const matches = picomatch(pattern);
  const { base } = picomatch.scan(pattern);
  const paths: string[] = [];
  await walk(looking, { folder: "", rules: rootRules(), base }, (path) => {
    if (matches(path)) paths.push(path);
  });
  return paths.toSorted(compareBytes);
}

interface Spot {
  readonly folder: string;
  readonly rules: IgnoreRules;
  /** The folder that all that is wanted is in. */
  readonly base: string;
}

async function walk(
  looking: Looking,
  { folder, rules, base }: Spot,
  take: (path: string) => void,
): Promise<void> {
  const { tree } = looking;
  const entries = await listed(tree, folder);
  looking.left -= entries.length;
  if (looking.left < 0) throw tooMany(looking.mostNames); // X3
  const ignoring = entries.some(({ name, kind }) => name === IGNORE_FILE && kind === "file");
  const inside = rules.below(folder, ignoring ? await ignoreText(tree, folder) : undefined);
  for (const { name, kind } of entries) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (!leadsTo(path, base) || isKept(tree, path)) continue;
    if (inside.isIgnored(path, kind === "folder" ? "folder" : "file")) continue; // X4
    if (kind === "folder") await walk(looking, { folder: path, rules: inside, base }, take);
    // links to folders are not followed: they could go in a circle
    else if (kind === "file" || (kind === "link" && (await isFileLink(tree, path)))) take(path);
  }
}

function leadsTo(path: string, base: string): boolean {
  return base === "" || path === base || path.startsWith(`${base}/`) || base.startsWith(`${path}/`);
}

async function listed(tree: EvidenceTree, folder: string): ReturnType<EvidenceTree["list"]> {
  try {
    return await tree.list(folder);
  } catch (error) {
    // a folder that we may not look into, or that went away meanwhile
    if (error instanceof Error && "code" in error) return [];
    throw error;
  }
}

async function ignoreText(tree: EvidenceTree, folder: string): Promise<string | undefined> {
  const there = await tree.find(folder === "" ? IGNORE_FILE : `${folder}/${IGNORE_FILE}`);
  if (there?.kind !== "file" || there.bytes > MOST_BYTES) return undefined;
  return new TextDecoder().decode(await tree.read(there.path));
}

async function isFileLink(tree: EvidenceTree, path: string): Promise<boolean> {
  return (await tree.find(path))?.kind === "file";
}

function isKept({ root, kept }: EvidenceTree, path: string): boolean {
  const absolute = root === "/" ? `/${path}` : `${root}/${path}`;
  return kept.includes(absolute);
}

function isAllowed({ root }: EvidenceTree, absolute: string): boolean {
  return absolute === root || absolute.startsWith(root === "/" ? "/" : `${root}/`);
}

function unusable(path: string, reason: UnusableEvidence["reason"], detail?: string): Found {
  const more = detail === undefined ? {} : { detail };
  return { type: "unusable", unusable: { path, span: "full", reason, ...more } };
}

function refused(text: string, why: string): TetraError<ContextErrorCode> {
  return new TetraError("PATH_REFUSED", `${JSON.stringify(text.slice(0, 200))} ${why}`, {
    hint: "select files of the project alone",
    details: { selection: text.slice(0, 1000) },
  });
}

function tooMany(most: number): TetraError<ContextErrorCode> {
  return new TetraError("INVALID_INPUT", `more than ${most} names to look through`, {
    hint: "begin patterns with a folder, such as src/**/*.ts, or ignore what is large",
    details: { most },
  });
}
