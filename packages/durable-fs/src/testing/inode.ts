import { FileContent } from "./content.ts";
import type { FileImage, FolderImage, Image, InodeFacts, LinkImage } from "./image.ts";

/** What became of a change that was made in the page cache. */
export type Fate =
  /** Not flushed: a power cut may keep it or not. */
  | "pending"
  /** A flush of it failed: no later flush will save it, yet a power cut may still find it. */
  | "abandoned"
  | "durable";

/** A change to the bytes of one file. */
export type DataChange = {
  readonly sequence: number;
  /** Where the file was opened, for messages. */
  readonly path: string;
  fate: Fate;
} & (
  | { readonly type: "write"; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly type: "truncate"; readonly length: number }
);

/** A change to the entries of one folder, or of two in one step (rename, exchange). */
export interface EntryChange {
  readonly sequence: number;
  readonly label: string;
  readonly entries: readonly EntrySet[];
  /** The flush of any of these makes it durable. */
  readonly durableWith: readonly FolderInode[];
  fate: Fate;
}

/** `inode` undefined: the name goes away. */
export interface EntrySet {
  readonly folder: FolderInode;
  readonly name: string;
  readonly inode: Inode | undefined;
}

/** Links never change, so an inode of one is its image. */
export type Inode = FileInode | FolderInode | LinkImage;

export class FileInode {
  readonly kind = "file";
  readonly number: number;
  mode: number;
  mtimeMs: number;
  ctimeMs: number;
  /** As running processes see it. */
  readonly content: FileContent;
  /** What `changes` are to be applied to; `undefined` when there are none. */
  base: Uint8Array | undefined;
  /** In order, from the oldest that is not durable. */
  changes: DataChange[] = [];
  links = 0;
  opens = 0;
  /** What it was made from, until it changes. */
  untouched: FileImage | undefined;

  constructor(facts: InodeFacts, image?: FileImage) {
    this.number = facts.number;
    this.mode = facts.mode;
    this.mtimeMs = facts.mtimeMs;
    this.ctimeMs = facts.ctimeMs;
    this.content = new FileContent(image?.bytes);
    this.untouched = image;
  }
}

export class FolderInode {
  readonly kind = "folder";
  readonly number: number;
  mode: number;
  mtimeMs: number;
  ctimeMs: number;
  /** `undefined` for the root. */
  parent: FolderInode | undefined;
  /** What the storage's entry changes are to be applied to; `undefined` when none concerns it. */
  base: Map<string, Inode> | undefined;
  /** How many of the storage's entry sets concern this folder. */
  openSets = 0;
  /** What it was made from, until somebody looks into it or it changes. */
  untouched: FolderImage | undefined;
  #entries: Map<string, Inode> | undefined;
  readonly #image: FolderImage | undefined;
  readonly #thaw: (image: Image, folder: FolderInode) => Inode;

  constructor(
    facts: InodeFacts,
    parent: FolderInode | undefined,
    from?: {
      readonly image: FolderImage;
      readonly thaw: (image: Image, folder: FolderInode) => Inode;
    },
  ) {
    this.number = facts.number;
    this.mode = facts.mode;
    this.mtimeMs = facts.mtimeMs;
    this.ctimeMs = facts.ctimeMs;
    this.parent = parent;
    this.untouched = from?.image;
    this.#image = from?.image;
    this.#thaw = from?.thaw ?? asItIs;
  }

  /** As running processes see it. */
  get entries(): Map<string, Inode> {
    if (this.#entries !== undefined) return this.#entries;
    this.untouched = undefined;
    this.#entries = new Map();
    for (const [name, image] of this.#image?.entries ?? []) {
      this.#entries.set(name, this.#thaw(image, this));
    }
    return this.#entries;
  }
}

function asItIs(image: Image): never {
  throw new Error(`a new folder has a ${image.kind}`);
}
