import { TetraError } from "@tetra/errors";
import { pathOf } from "../multicat/block.ts";
import type { PatchErrorCode } from "./errors.ts";
import type { ProjectFiles } from "./project-files.ts";

// Q1. A path stays in the project: not absolute, no `..`, and no link on the way that leads out.
// Q2. Nothing of git and nothing of Tetra is changed, by whatever name it is reached.
// Q3. Two paths of the same file are one: links on the way are followed once, before anything else.

/** Where a file of a project is. */
export interface ProjectPath {
  /** Its path without links on the way. Q3 */
  readonly path: string;
  /** Folders above it that are missing, outermost first. */
  readonly missing: readonly string[];
}

/** How what lies beside a file while it is changed begins. */
export const ASIDE = ".tetra-";

const OURS = /^\.(?:git|tetra|rag)$/i;

/**
 * Finds out where a path of a project leads, its last part not followed.
 * @throws TetraError `PATH_REFUSED`
 */
export function projectPath(files: ProjectFiles, given: string): ProjectPath {
  const parts = pathOf({ dir: ".", file: given }).split("/"); // Q1
  refuseKept(files, given, parts);
  const name = parts.pop() ?? "";
  let folder = "";
  const missing: string[] = [];
  for (const part of parts) {
    const path = joined(folder, part);
    const look = missing.length > 0 ? undefined : files.look(path);
    if (look === undefined) missing.push(path);
    else if (look.kind !== "folder" && look.kind !== "link") {
      throw refused(given, `${path} is no folder`);
    }
    folder = look?.kind === "link" ? linked(files, path, given) : path;
  }
  const path = joined(folder, name);
  refuseKept(files, given, path.split("/"));
  return { path, missing };
}

/** The folder that a link leads to, relative to the root. Q1 */
function linked(files: ProjectFiles, path: string, given: string): string {
  const real = realOrUndefined(files, path);
  if (real === files.root) return "";
  if (real === undefined || !isWithin(real, files.root)) {
    throw refused(given, `${path} is a link that leads out of the project, or nowhere`);
  }
  const inside = real.slice(files.root === "/" ? 1 : files.root.length + 1);
  if (files.look(inside)?.kind !== "folder") throw refused(given, `${path} leads to no folder`);
  return inside;
}

function realOrUndefined(files: ProjectFiles, path: string): string | undefined {
  try {
    return files.real(path);
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined; // to nowhere, or in a circle
    throw error;
  }
}

/** Q2 */
function refuseKept(files: ProjectFiles, given: string, parts: readonly string[]): void {
  const ours = parts.find((part) => OURS.test(part) || part.toLowerCase().startsWith(ASIDE));
  if (ours !== undefined) throw refused(given, `${ours} is not to be changed`);
  const absolute = `${files.root === "/" ? "" : files.root}/${parts.join("/")}`;
  const kept = files.kept.find((folder) => absolute === folder || isWithin(absolute, folder));
  if (kept !== undefined) throw refused(given, `${kept} holds what Tetra keeps`);
}

function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

function joined(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}

/** The folder that a path is in; `""` for the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

function refused(path: string, why: string): TetraError<PatchErrorCode> {
  return new TetraError("PATH_REFUSED", `${path}: ${why}`, {
    hint: "change files of the project alone",
    details: { path },
  });
}
