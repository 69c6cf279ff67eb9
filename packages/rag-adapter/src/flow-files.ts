/** What stands at a path; links are not followed. */
export interface FlowFileStat {
  readonly kind: "file" | "folder" | "link" | "other";
  /** Size of a file in bytes; 0 for everything else. */
  readonly bytes: number;
  /** What a link says. */
  readonly target?: string;
}

/** Something below a folder. */
export interface TreeItem {
  /** Relative to that folder, parts joined by `/`. */
  readonly path: string;
  readonly kind: "file" | "folder" | "link";
  /** What a link says. */
  readonly target?: string;
}

/** A part of a folder that is to be made: a folder, a copy of a file, a file with a content, or a link. */
export type PlannedItem =
  | { readonly path: string; readonly kind: "folder" }
  | { readonly path: string; readonly kind: "content"; readonly bytes: Uint8Array }
  | { readonly path: string; readonly kind: "copy"; readonly from: string }
  | { readonly path: string; readonly kind: "link"; readonly target: string };

/**
 * The files of flows that are not the store's: prompts, evidence, sessions. Apps fill it.
 *
 * Paths are absolute. What is made is private to the user and durable once the promise resolves; files
 * are replaced whole. What the system refuses is thrown as an `Error` with Node's `code`.
 */
export interface FlowFiles {
  /** What is at a path; `undefined` when nothing is. */
  stat(path: string): Promise<FlowFileStat | undefined>;
  /** The path with every link in it followed; `undefined` when it leads nowhere. */
  real(path: string): Promise<string | undefined>;
  /** A file's content, links followed; `undefined` when it is not there. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Names in a folder, sorted bytewise, without those that this port makes for itself; none when it is not there. */
  names(folder: string): Promise<readonly string[]>;
  /** Makes a folder and those above it that are missing. */
  makeFolder(path: string): Promise<void>;
  /** Writes or replaces a file. */
  replace(path: string, bytes: Uint8Array): Promise<void>;
  /** Renames; whatever is at `to` is replaced, so callers look first, under a lock. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or link. Nothing there is fine. */
  remove(path: string): Promise<void>;
  /** Makes `path` a link, or makes the link there say this. */
  link(target: string, path: string): Promise<void>;
  /**
   * Removes what processes that died left half-made in a folder. To be called only where nobody else can be
   * writing there, such as under the lock that all writers take.
   */
  sweep(folder: string): Promise<void>;
  /** Runs alone among all that ask for the same lock file, also in other processes. */
  exclusively<T>(lock: string, run: () => Promise<T>): Promise<T>;
  /** Everything below a folder, folders before what is in them. */
  tree(folder: string): Promise<readonly TreeItem[]>;
  /**
   * Makes the folder `to` from a plan: visible whole or not at all, also when the process dies or the power
   * goes. Folders come in the plan before what is in them.
   * @returns false when something is at `to` already.
   */
  publish(to: string, plan: readonly PlannedItem[]): Promise<boolean>;
}
