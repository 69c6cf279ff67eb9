import { TetraError } from "@tetra/errors";
import type { Answer, WantedChange } from "./answer.ts";
import { utf8AsByteText } from "./byte-text.ts";
import type { PatchErrorCode } from "./errors.ts";
import type { FileChange } from "./file-change.ts";
import type { FilePatch, Hunk } from "./file-patch.ts";
import { fitHunks, MOST_FUZZ } from "./fit-hunks.ts";
import { type Draft, draftOf, type DraftFile } from "./draft.ts";
import type { ProjectFiles } from "./project-files.ts";
import { inPlannedOrder, planRemarks } from "./plan-order.ts";

/** How an answer is checked. */
export interface CheckOptions {
  /** How many lines around what a hunk changes may differ: 0 to 3. Default 0. */
  readonly fuzz?: number;
  /** What is taken from the mode of new files and folders. */
  readonly umask: number;
}

/** What an answer comes to. */
export interface CheckedAnswer {
  /** The folders that have to be made, outermost first. */
  readonly folders: readonly { readonly path: string; readonly mode: number }[];
  /** In the order of the plan, then of the answer. */
  readonly changes: readonly FileChange[];
  /** What a person should know: hunks that fit elsewhere, files the plan does not name. One line each. */
  readonly remarks: readonly string[];
}

const FILE = 0o666;
const PROGRAM = 0o777;
const EXECUTE = 0o111;

/**
 * Works out what an answer does to a project, without changing anything. Everything is checked: that each path
 * stays inside, that each hunk fits, that each file could be put back.
 * @throws TetraError `PATH_REFUSED`, `PATCH_MISMATCH`, `NOT_RESTORABLE`, `INVALID_ANSWER`
 */
export function checkAnswer(
  answer: Answer,
  files: ProjectFiles,
  { fuzz = 0, umask }: CheckOptions,
): CheckedAnswer {
  if (!Number.isInteger(fuzz) || fuzz < 0 || fuzz > MOST_FUZZ) {
    throw new TetraError<PatchErrorCode>("INVALID_ANSWER", `a fuzz of ${fuzz} would be guessing`, {
      hint: `give 0 to ${MOST_FUZZ}`,
    });
  }
  const draft = draftOf(files);
  const check: Check = { draft, fuzz, umask, remarks: [] };
  for (const wanted of answer.wanted) take(check, wanted);
  const { changes, unchanged, folders } = draft.result();
  const { plan = [] } = answer;
  return {
    folders: folders.map((path) => ({ path, mode: PROGRAM & ~umask })),
    changes: inPlannedOrder(changes, plan),
    remarks: [
      ...check.remarks,
      ...unchanged.map((path) => `${path}: is so already`),
      ...planRemarks(changes, plan),
    ],
  };
}

interface Check {
  readonly draft: Draft;
  readonly fuzz: number;
  readonly umask: number;
  readonly remarks: string[];
}

function take(check: Check, wanted: WantedChange): void {
  if (wanted.type === "file") {
    takeWhole(check, wanted);
    return;
  }
  const { patch } = wanted;
  switch (patch.action) {
    case "create":
      return create(check, patch);
    case "delete":
      return remove(check, patch);
    case "modify":
      return modify(check, patch);
    case "rename":
    case "copy":
      return moveOrCopy(check, patch);
  }
}

function takeWhole(
  { draft, umask }: Check,
  { path, content }: { path: string; content: string },
): void {
  const now = draft.at(path);
  const mode = now.kind === "file" ? now.mode : FILE & ~umask;
  if (now.kind === "link") throw mismatch(path, "it is a link; name the file that it leads to");
  draft.write(path, { content: utf8AsByteText(content), mode });
}

function create(check: Check, patch: FilePatch): void {
  const { draft, umask } = check;
  if (draft.at(patch.to).kind !== "absent") throw mismatch(patch.to, "it is there already");
  const mode = (patch.isExecutable === true ? PROGRAM : FILE) & ~umask;
  draft.write(patch.to, { content: fitted(check, patch, ""), mode });
}

function remove(check: Check, patch: FilePatch): void {
  const { draft } = check;
  const now = draft.at(patch.from);
  if (now.kind === "link" && patch.isLink) {
    const target = patch.hunks.flatMap(({ old }) => old).join("");
    if (patch.hunks.length > 0 && target !== now.target) {
      throw mismatch(patch.from, `it leads to ${JSON.stringify(now.target)}`);
    }
  } else if (fitted(check, patch, fileAt(draft, patch.from).content) !== "") {
    throw mismatch(patch.from, "it holds more than the patch removes");
  }
  draft.remove(patch.from);
}

function modify(check: Check, patch: FilePatch): void {
  const { content, mode } = fileAt(check.draft, patch.from);
  check.draft.write(patch.from, {
    content: fitted(check, patch, content),
    mode: modeFor(mode, patch),
  });
}

function moveOrCopy(check: Check, patch: FilePatch): void {
  const { draft } = check;
  const { content, mode } = fileAt(draft, patch.from);
  if (draft.at(patch.to).kind !== "absent") throw mismatch(patch.to, "it is there already");
  const fresh = fitted(check, patch, content);
  if (patch.action === "rename") draft.remove(patch.from);
  draft.write(patch.to, { content: fresh, mode: modeFor(mode, patch) });
}

function fileAt(draft: Draft, path: string): Extract<DraftFile, { kind: "file" }> {
  const now = draft.at(path);
  if (now.kind === "file") return now;
  throw mismatch(path, now.kind === "link" ? "it is a link" : "there is no such file");
}

/** As chmod +x and -x do: whoever may read may execute. */
function modeFor(mode: number, { isExecutable }: FilePatch): number {
  if (isExecutable === undefined) return mode;
  return isExecutable ? mode | ((mode & 0o444) >> 2) : mode & ~EXECUTE;
}

function fitted({ fuzz, remarks }: Check, patch: FilePatch, content: string): string {
  const path = patch.action === "create" ? patch.to : patch.from;
  const fit = fitHunks(content, patch.hunks.map(asBytes), { path, fuzz });
  for (const { hunk, by } of fit.moved) {
    const way = by > 0 ? "further down" : "further up";
    remarks.push(`${path}: hunk ${hunk} fits ${Math.abs(by)} lines ${way} than it says`);
  }
  return fit.content;
}

function asBytes(hunk: Hunk): Hunk {
  return { ...hunk, old: hunk.old.map(utf8AsByteText), fresh: hunk.fresh.map(utf8AsByteText) };
}

function mismatch(path: string, why: string): TetraError<PatchErrorCode> {
  return new TetraError("PATCH_MISMATCH", `${path}: ${why}`, {
    hint: "ask for a patch of the files as they are now",
    details: { file: path },
  });
}
