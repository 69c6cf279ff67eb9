/** What stands at a path of a project; links are not followed. */
export type Look =
  | {
      readonly kind: "file";
      readonly bytes: number;
      /** Permission bits with setuid, setgid and sticky. */
      readonly mode: number;
      readonly owner: Owner;
      /** Nanoseconds since the epoch, in decimal. */
      readonly modifiedNs: string;
      /** How many names it has. */
      readonly names: number;
    }
  | { readonly kind: "link"; readonly target: string; readonly modifiedNs: string }
  | { readonly kind: "folder" }
  | { readonly kind: "other" };

/** Whose a file is; -1: whoever makes it. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What a new file gets besides its content. */
export interface FileAttributes {
  readonly mode: number;
  /** Default: whoever this process runs as. */
  readonly owner?: Owner | undefined;
  /** Nanoseconds since the epoch, in decimal. Default: now. Set as exactly as the system allows. */
  readonly modifiedNs?: string | undefined;
}

/**
 * The files of a project, for changing them. Apps fill it. Paths are relative to the root, parts joined by `/`;
 * `""` is the root. Calls are synchronous: between a look and what follows from it nothing else of this
 * process happens. What the system refuses is thrown as an `Error` with Node's `code` (`ENOENT`, `EEXIST`,
 * `ENOSPC` …).
 */
export interface ProjectFiles {
  /** The project's folder: absolute, without links on the way. */
  readonly root: string;
  /** Folders that are not to be changed, absolute and without links on the way: where Tetra keeps its own. */
  readonly kept: readonly string[];
  /** What stands at a path; `undefined` when nothing does. */
  look(path: string): Look | undefined;
  /** Where a path really is, all links followed: absolute. */
  real(path: string): string;
  /** A file's content. */
  read(path: string): Uint8Array;
  /** Whether a file that is made can be given to this owner. */
  mayOwn(owner: Owner): boolean;
  /** Makes a new file, its data durable; its name is so after `flush`. `EEXIST` when the name is taken. */
  create(path: string, bytes: Uint8Array, attributes: FileAttributes): void;
  /** Makes a symbolic link. `EEXIST` when the name is taken. */
  link(target: string, path: string, modifiedNs: string | undefined): void;
  /** Gives a file a name besides the one it has, or where that cannot be, in its place. `EEXIST` when the new one is taken. */
  publish(from: string, to: string): void;
  /** Renames, replacing what is at `to`. */
  rename(from: string, to: string): void;
  /** Exchanges two names in one step; where the system cannot, `from` takes the place of `to`. */
  exchange(from: string, to: string): void;
  /** Removes a file or link. */
  remove(path: string): void;
  /** Makes a folder with these permission bits. `EEXIST` when the name is taken. */
  makeFolder(path: string, mode: number): void;
  /** Removes an empty folder. `ENOTEMPTY` when it is not. */
  removeFolder(path: string): void;
  /** Makes the names in a folder durable. */
  flush(folder: string): void;
}
