import * as z from "zod/mini";
import { type Standing, standingShape } from "./standing.ts";

/** What a step that makes a folder is given. */
export interface FolderStepData {
  /** The project's folder, absolute. */
  readonly root: string;
  /** Relative to it. */
  readonly path: string;
  readonly mode: number;
}

/** What a step that changes a file is given. */
export interface FileStepData {
  /** The project's folder, absolute. */
  readonly root: string;
  /** Relative to it, without links on the way. */
  readonly path: string;
  /** The transaction that keeps the contents; another one may undo the step. */
  readonly txn: string;
  readonly before: Standing;
  readonly after: Standing;
  /** The contents by the names that they have among that transaction's artifacts. */
  readonly images: { readonly before?: string; readonly after?: string };
}

const folderShape: z.ZodMiniType<FolderStepData> = z.object({
  root: z.string(),
  path: z.string(),
  mode: z.int(),
});

const fileShape: z.ZodMiniType<FileStepData> = z.object({
  root: z.string(),
  path: z.string(),
  txn: z.string(),
  before: standingShape,
  after: standingShape,
  images: z.object({ before: z.exactOptional(z.string()), after: z.exactOptional(z.string()) }),
});

/** Reads what a step was given; a mistake is one of whoever wrote the log. */
export function parseFolderStep(data: unknown): FolderStepData {
  return folderShape.parse(data);
}

/** Reads what a step was given; a mistake is one of whoever wrote the log. */
export function parseFileStep(data: unknown): FileStepData {
  return fileShape.parse(data);
}
