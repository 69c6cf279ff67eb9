import type { Applied } from "./apply-flow.ts";

/** A file that an answer changes. */
export interface ShownChange {
  readonly path: string;
  readonly change: "add" | "modify" | "delete";
}

const LETTERS = { add: "A", modify: "M", delete: "D" } as const;

/** What becomes of a file, in a word. */
export function shownChange({
  path,
  before,
  after,
}: Pick<Applied["files"][number], "path" | "before" | "after">): ShownChange {
  const isNew = before.kind === "absent";
  return { path, change: isNew ? "add" : after.kind === "absent" ? "delete" : "modify" };
}

/** Files with what becomes of them: lines for people. */
export function changeLines(changes: readonly ShownChange[]): readonly string[] {
  return changes.map(({ path, change }) => `  ${LETTERS[change]} ${path}`);
}

/**
 * What became of an answer: lines for people.
 * @param program how `ttm` is called where they are read.
 */
export function appliedPage(
  { txn, files, remarks, evidence }: Applied,
  program = "ttm",
): readonly string[] {
  if (txn === undefined) return ["Nothing to change", ...remarks.map((remark) => `  ${remark}`)];
  return [
    `Applied: ${files.length} ${files.length === 1 ? "file" : "files"}`,
    ...changeLines(files.map(shownChange)),
    ...remarks.map((remark) => `  note: ${remark}`),
    ...(evidence === undefined ? [] : [`Evidence: ctx/${evidence}`]),
    `Undo: ${program} saga undo ${txn}`,
  ];
}
