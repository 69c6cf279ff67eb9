import { FileContent } from "./content.ts";
import {
  type FileImage,
  type FolderImage,
  type Image,
  type InodeFacts,
  linkImage,
} from "./image.ts";
import {
  type DataChange,
  type EntryChange,
  type EntrySet,
  FileInode,
  FolderInode,
  type Inode,
} from "./inode.ts";

/** A change to a file that is not numbered yet. */
export type FileEdit =
  | { readonly type: "write"; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly type: "truncate"; readonly length: number };

/** A change to entries that is not numbered yet. */
export type EntryEdit = Pick<EntryChange, "label" | "entries" | "durableWith">;

/** What a {@link Storage} can be made from. */
export interface FrozenStorage {
  readonly root: FolderImage;
  readonly lastInode: number;
  readonly freeBytes: number;
}

/**
 * What a disk and the page cache above it hold. Every change is in the cache at once and in a list
 * until a flush makes it durable; what a power cut leaves is the durable part and any choice from the
 * lists.
 */
export class Storage {
  readonly root: FolderInode;
  /** In order; durable ones stay only while an older change of the same name is not durable. */
  entryChanges: EntryChange[] = [];
  /** Bytes that still fit. */
  freeBytes: number;
  /** The number of the last change, so that a flush covers only those before it. */
  sequence = 0;
  readonly nowMs: () => number;
  #lastInode: number;
  readonly #thawed = new Map<FileImage, FileInode>();

  /** Empty; with `from`, a disk on which everything is durable. */
  constructor(nowMs: () => number, from?: FrozenStorage) {
    this.nowMs = nowMs;
    this.#lastInode = from?.lastInode ?? 1;
    this.freeBytes = from?.freeBytes ?? Number.POSITIVE_INFINITY;
    this.root =
      from === undefined ? this.newFolder(undefined) : this.#thawFolder(from.root, undefined);
  }

  /** The same with another tree. */
  frozen(root: FolderImage): FrozenStorage {
    return { root, lastInode: this.#lastInode, freeBytes: this.freeBytes };
  }

  newFile(): FileInode {
    return new FileInode(this.#newFacts(0o600));
  }

  newFolder(parent: FolderInode | undefined): FolderInode {
    return new FolderInode(this.#newFacts(0o700), parent);
  }

  newLink(target: string): Inode {
    return linkImage(this.#newFacts(0o777), target);
  }

  #newFacts(mode: number): InodeFacts {
    const now = this.nowMs();
    this.#lastInode += 1;
    return { number: this.#lastInode, mode, mtimeMs: now, ctimeMs: now };
  }

  #thawFolder(image: FolderImage, parent: FolderInode | undefined): FolderInode {
    const thaw = (entry: Image, folder: FolderInode): Inode => {
      if (entry.kind === "folder") return this.#thawFolder(entry, folder);
      return entry.kind === "file" ? this.#thawFile(entry) : entry;
    };
    return new FolderInode(image, parent, { image, thaw });
  }

  /** A power cut can leave a file under two names. */
  #thawFile(image: FileImage): FileInode {
    const file = this.#thawed.get(image) ?? new FileInode(image, image);
    this.#thawed.set(image, file);
    file.links += 1;
    return file;
  }

  /** How many of `length` bytes at `offset` still fit. */
  room(file: FileInode, offset: number, length: number): number {
    const growth = Math.max(offset + length - file.content.size, 0);
    return Math.max(length - Math.max(growth - this.freeBytes, 0), 0);
  }

  edit(file: FileInode, path: string, edit: FileEdit): void {
    const { content } = file;
    file.base ??= content.snapshot();
    this.sequence += 1;
    file.changes.push({ ...edit, sequence: this.sequence, path, fate: "pending" });
    const before = content.size;
    applyEdit(content, edit);
    this.freeBytes -= content.size - before;
    file.mtimeMs = file.ctimeMs = this.nowMs();
    file.untouched = undefined;
  }

  /** Durable at once: nobody's safety hangs on when. */
  setMode(inode: FileInode | FolderInode, mode: number): void {
    inode.mode = mode;
    inode.ctimeMs = this.nowMs();
    inode.untouched = undefined;
  }

  editEntries(edit: EntryEdit): void {
    this.sequence += 1;
    this.entryChanges.push({ ...edit, sequence: this.sequence, fate: "pending" });
    const replaced: Inode[] = [];
    for (const { folder, name, inode } of edit.entries) {
      folder.base ??= new Map(folder.entries);
      folder.openSets += 1;
      const old = folder.entries.get(name);
      if (inode === undefined) folder.entries.delete(name);
      else folder.entries.set(name, inode);
      if (inode?.kind === "file") inode.links += 1;
      if (inode?.kind === "folder") inode.parent = folder;
      if (old?.kind === "file") old.links -= 1;
      if (old !== undefined) replaced.push(old);
      folder.mtimeMs = folder.ctimeMs = this.nowMs();
    }
    for (const inode of replaced) this.releaseIfUnused(inode);
  }

  /** Gives the space of a file back that has no name and is not open. */
  releaseIfUnused(inode: Inode): void {
    if (inode.kind !== "file" || inode.links > 0 || inode.opens > 0) return;
    this.freeBytes += inode.content.size;
  }

  /** Makes what was changed until `sequence` durable, as far as a flush of `inode` does that. */
  flush(inode: FileInode | FolderInode, sequence: number): void {
    this.#settle(inode, sequence, "durable");
    if (inode.kind === "file") foldData(inode);
    else this.#foldEntries();
  }

  /**
   * What Linux does when a flush fails: the pages are marked clean, so that they stay visible and the
   * next flush succeeds without having saved them.
   */
  failFlush(inode: FileInode | FolderInode, sequence: number): void {
    this.#settle(inode, sequence, "abandoned");
  }

  #settle(inode: FileInode | FolderInode, sequence: number, fate: "abandoned" | "durable"): void {
    const changes: readonly (DataChange | EntryChange)[] =
      inode.kind === "file"
        ? inode.changes
        : this.entryChanges.filter((change) => change.durableWith.includes(inode));
    for (const change of changes) {
      if (change.fate === "pending" && change.sequence <= sequence) change.fate = fate;
    }
  }

  #foldEntries(): void {
    const blocked = new Set<string>();
    this.entryChanges = this.entryChanges.filter((change) => {
      const keys = change.entries.map(({ folder, name }) => `${folder.number}/${name}`);
      if (change.fate === "durable" && !keys.some((key) => blocked.has(key))) {
        for (const set of change.entries) foldEntry(set);
        return false;
      }
      for (const key of keys) blocked.add(key);
      return true;
    });
  }
}

/** Applies an edit to the bytes of a file. */
export function applyEdit(content: FileContent, edit: FileEdit): void {
  if (edit.type === "write") content.write(edit.offset, edit.bytes);
  else content.truncate(edit.length);
}

function foldData(file: FileInode): void {
  const firstOpen = file.changes.findIndex((change) => change.fate !== "durable");
  if (firstOpen === -1) {
    file.base = undefined;
    file.changes = [];
  } else if (firstOpen > 0) {
    const content = new FileContent(file.base);
    for (const change of file.changes.splice(0, firstOpen)) applyEdit(content, change);
    file.base = content.snapshot();
  }
}

function foldEntry({ folder, name, inode }: EntrySet): void {
  if (inode === undefined) folder.base?.delete(name);
  else folder.base?.set(name, inode);
  folder.openSets -= 1;
  if (folder.openSets === 0) folder.base = undefined;
}
