import { TetraError } from "@tetra/errors";
import { type MulticatBlock, pathOf } from "../multicat/block.ts";
import { type Multicat, parseMulticat } from "../multicat/parse-multicat.ts";
import type { PatchErrorCode } from "./errors.ts";
import { type FilePatch, parseFilePatches } from "./file-patch.ts";
import { parsePlan, type PlannedChange } from "./plan.ts";

/** One thing that an answer wants done, in the order of the answer. */
export type WantedChange =
  | { readonly type: "patch"; readonly patch: FilePatch }
  /** The file as it shall be, whole. */
  | { readonly type: "file"; readonly path: string; readonly content: string };

/** What a model answered. */
export interface Answer {
  /** Absent when the answer has no `plan.json`. */
  readonly plan?: readonly PlannedChange[];
  readonly wanted: readonly WantedChange[];
  /** `notes.md`, and the notes of blocks. */
  readonly notes: string;
}

const PLAN = "plan.json";
const PATCH = "patch.diff";
const NOTES = "notes.md";
const CONTRACT: ReadonlySet<string> = new Set([PLAN, PATCH, NOTES]);

/**
 * Reads an answer: the three files of the contract in MULTICAT form (`plan.json`, `patch.diff`, `notes.md`, at
 * the top), of which the patch may be left out when the answer has whole files, or diffs, as blocks of their
 * own. Only that it can be read is looked at; see `checkAnswer`.
 * @throws TetraError `INVALID_MULTICAT`, `INVALID_ANSWER`, `PATH_REFUSED`
 */
export function readAnswer(text: string): Answer {
  const blocks = blocksOf(parseMulticat(text));
  const byPath = new Map(blocks.map((block) => [pathOf(block), block]));
  refuseTwice(blocks.map(pathOf));
  const named = (path: string): string | undefined => {
    const found = byPath.get(path);
    return found && withoutFence(found.content);
  };
  const [plan, patch, notes] = [named(PLAN), named(PATCH), named(NOTES)];
  const files = [...byPath].filter(([path]) => !CONTRACT.has(path));
  const wanted = [
    ...parseFilePatches(patch ?? "").map((one): WantedChange => ({ type: "patch", patch: one })),
    ...files.flatMap(wantedOf),
  ];
  if (wanted.length === 0) {
    throw refused(
      nothingWanted(blocks, patch),
      "ask for plan.json, patch.diff and notes.md in MULTICAT form",
    );
  }
  const remarks = files.flatMap(([path, { notes: own }]) =>
    own.map((note) => `${path}: ${note}\n`),
  );
  return {
    ...(plan === undefined ? {} : { plan: parsePlan(plan) }),
    wanted,
    notes: [notes ?? "", ...remarks].join(""),
  };
}

function nothingWanted(blocks: readonly MulticatBlock[], patch = ""): string {
  if (blocks.length === 0) return "the answer has no MULTICAT blocks";
  return patch.trim() === "" ? "the answer changes no file" : `${PATCH} holds no diff`;
}

function wantedOf([path, { mode, content }]: readonly [
  string,
  MulticatBlock,
]): readonly WantedChange[] {
  if (mode === "full") return [{ type: "file", path, content }];
  const patches = parseFilePatches(withoutFence(content));
  const [first] = patches;
  if (first === undefined) throw refused(`${path}: its block holds no diff`);
  for (const { from, to } of patches) {
    if (from !== path && to !== path) throw refused(`${path}: its block holds a diff of ${to}`);
  }
  return patches.map((patch) => ({ type: "patch", patch }));
}

/** Models like to put what they write into a fence, as they do elsewhere. */
function withoutFence(content: string): string {
  return /^\s*(`{3,})[^\n`]*\n(.*?\n)?\1[ \t]*\s*$/s.exec(content)?.[2] ?? content;
}

/**
 * The blocks of an answer that may stand in a fence as a whole: the line that closes it is not the last file's. It is
 * when the fences in the file come in pairs.
 */
function blocksOf({ preamble, blocks }: Multicat): readonly MulticatBlock[] {
  const [, fence] = /(?:^|\n)(`{3,})[^\n`]*\n\s*$/.exec(preamble) ?? [];
  const last = blocks.at(-1);
  if (fence === undefined || last === undefined) return blocks;
  const closing = /^(`{3,})\s*$(?!.)/ms.exec(last.content);
  const fences = last.content.match(/^`{3,}/gm) ?? [];
  if (closing?.[1] !== fence || fences.length % 2 === 0) return blocks;
  return [...blocks.slice(0, -1), { ...last, content: last.content.slice(0, closing.index) }];
}

function refuseTwice(paths: readonly string[]): void {
  const twice = paths.find((path, at) => paths.indexOf(path) !== at);
  if (twice === undefined) return;
  throw refused(`${twice}: two blocks of the answer are this file`, "ask for one block per file");
}

function refused(
  problem: string,
  hint = "ask for the answer in the form that the policy names",
): TetraError<PatchErrorCode> {
  return new TetraError("INVALID_ANSWER", problem, { hint });
}
