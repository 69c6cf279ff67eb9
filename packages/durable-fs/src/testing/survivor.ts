import { FileContent } from "./content.ts";
import { type FileImage, fileImage, type FolderImage, folderImage, type Image } from "./image.ts";
import type { DataChange, EntryChange, FileInode, FolderInode, Inode } from "./inode.ts";
import { applyEdit, type Storage } from "./storage.ts";

export type Change = DataChange | EntryChange;

/**
 * How much of a change survives: `KEPT`, `LOST`, or for a write {@link tear}. One number, so that a
 * choice for all changes is a list that can be compared.
 */
export type Survival = number;
export const KEPT: Survival = -1;
export const LOST: Survival = 0;

/**
 * Of a write the first `bytes` survive; with `sized` the file has its new size all the same, with zeros
 * where data is missing.
 */
export function tear(bytes: number, sized: boolean): Survival {
  return bytes * 2 + (sized ? 1 : 0);
}

/** Works out what a power cut leaves, for many choices over the same storage. */
export class Survivors {
  /** All that a power cut decides about, in order. */
  readonly changes: readonly Change[];
  readonly #storage: Storage;
  readonly #indexes: ReadonlyMap<Change, number>;
  readonly #files = new Map<FileInode, Map<string, FileImage>>();
  /** Of folders in which nothing, however deep, is undecided; `undefined` where something is. */
  readonly #quiet = new Map<FolderInode, FolderImage | undefined>();

  constructor(storage: Storage) {
    this.#storage = storage;
    this.changes = undecided(storage);
    this.#indexes = new Map(this.changes.map((change, index) => [change, index]));
  }

  /** The tree as processes see it now. */
  current(): FolderImage {
    return this.image(this.changes.map(() => KEPT));
  }

  /** The tree that is found after the cut. */
  image(survivals: readonly Survival[]): FolderImage {
    const altered = this.#alteredFolders(survivals);
    const seen = new Set<FolderInode>([this.#storage.root]);
    const ofInode = (inode: Inode): Image | undefined => {
      if (inode.kind === "link") return inode;
      if (inode.kind === "file") return this.#file(inode, survivals);
      // a folder has one place; where a cut would leave it in two, it is found in the first
      if (seen.has(inode)) return undefined;
      seen.add(inode);
      return ofFolder(inode);
    };
    const ofFolder = (folder: FolderInode): FolderImage =>
      this.#quietImage(folder) ??
      folderImage(folder, imagesOf(altered.get(folder) ?? folder.entries, ofInode));
    return ofFolder(this.#storage.root);
  }

  #survival(change: Change, survivals: readonly Survival[]): Survival {
    const index = this.#indexes.get(change);
    return index === undefined ? KEPT : (survivals[index] ?? KEPT);
  }

  /** The entries of those folders whose entries are not all durable. */
  #alteredFolders(
    survivals: readonly Survival[],
  ): ReadonlyMap<FolderInode, ReadonlyMap<string, Inode>> {
    const folders = new Map<FolderInode, Map<string, Inode>>();
    for (const change of this.#storage.entryChanges) {
      const isKept = this.#survival(change, survivals) !== LOST;
      for (const { folder, name, inode } of change.entries) {
        const entries = folders.get(folder) ?? new Map(folder.base);
        folders.set(folder, entries);
        if (!isKept) continue;
        if (inode === undefined) entries.delete(name);
        else entries.set(name, inode);
      }
    }
    return folders;
  }

  #file(file: FileInode, survivals: readonly Survival[]): FileImage {
    const known = this.#files.get(file) ?? new Map<string, FileImage>();
    this.#files.set(file, known);
    const chosen = file.changes.map((change) => this.#survival(change, survivals));
    const key = chosen.join();
    const image = known.get(key) ?? file.untouched ?? fileImage(file, survivingBytes(file, chosen));
    known.set(key, image);
    return image;
  }

  #quietImage(folder: FolderInode): FolderImage | undefined {
    if (this.#quiet.has(folder)) return this.#quiet.get(folder);
    const image = folder.untouched ?? this.#imageIfQuiet(folder);
    this.#quiet.set(folder, image);
    return image;
  }

  #imageIfQuiet(folder: FolderInode): FolderImage | undefined {
    if (folder.openSets > 0) return undefined;
    let isQuiet = true;
    const entries = imagesOf(folder.entries, (inode) => {
      if (inode.kind === "link") return inode;
      const isDecided = inode.kind === "folder" || inode.changes.length === 0;
      const image = inode.kind === "folder" ? this.#quietImage(inode) : this.#file(inode, []);
      if (!isDecided || image === undefined) isQuiet = false;
      return image;
    });
    return isQuiet ? folderImage(folder, entries) : undefined;
  }
}

function imagesOf(
  entries: ReadonlyMap<string, Inode>,
  imageOf: (inode: Inode) => Image | undefined,
): ReadonlyMap<string, Image> {
  const images = new Map<string, Image>();
  for (const [name, inode] of entries) {
    const image = imageOf(inode);
    if (image !== undefined) images.set(name, image);
  }
  return images;
}

function survivingBytes(file: FileInode, survivals: readonly Survival[]): Uint8Array {
  if (file.base === undefined) return file.content.snapshot();
  const content = new FileContent(file.base);
  for (const [index, change] of file.changes.entries()) {
    const survival = survivals[index] ?? KEPT;
    if (survival === KEPT) applyEdit(content, change);
    else if (survival !== LOST && change.type === "write") applyTorn(content, change, survival);
  }
  return content.snapshot();
}

function applyTorn(
  content: FileContent,
  { offset, bytes }: { readonly offset: number; readonly bytes: Uint8Array },
  survival: Survival,
): void {
  content.write(offset, bytes.subarray(0, survival >> 1));
  const isSized = (survival & 1) === 1;
  if (isSized && content.size < offset + bytes.length) content.truncate(offset + bytes.length);
}

/** Every change that is not durable, in anything that a cut may leave reachable. */
function undecided(storage: Storage): readonly Change[] {
  const changes: Change[] = storage.entryChanges.filter((change) => change.fate !== "durable");
  const seen = new Set<Inode>();
  const visit = (inode: Inode | undefined): void => {
    if (inode === undefined || seen.has(inode)) return;
    seen.add(inode);
    if (inode.kind === "file") {
      for (const change of inode.changes) if (change.fate !== "durable") changes.push(change);
    } else if (inode.kind === "folder" && inode.untouched === undefined) {
      for (const entry of (inode.base ?? inode.entries).values()) visit(entry);
    }
  };
  visit(storage.root);
  for (const change of storage.entryChanges) {
    for (const { inode } of change.entries) visit(inode);
  }
  return changes.toSorted((a, b) => a.sequence - b.sequence);
}
