import type { Standing } from "./standing.ts";

/** A file that is to be changed, before and after. */
export interface FileChange {
  /** Relative to the project, without links on the way. */
  readonly path: string;
  readonly before: Standing;
  readonly after: Standing;
  /** Contents, where there is a file. */
  readonly old?: Uint8Array;
  readonly fresh?: Uint8Array;
}
