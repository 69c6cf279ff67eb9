import { fingerprintOf } from "./fingerprint.ts";

/** What does not depend on the content of an inode. */
export interface InodeFacts {
  readonly number: number;
  readonly mode: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

/**
 * A tree of files that never changes. Disks that have a part in common share its image, and look into a
 * folder of it only when a process does: a power cut costs what it touches, not what the disk holds.
 */
export type Image = FileImage | FolderImage | LinkImage;

export interface FileImage extends InodeFacts {
  readonly kind: "file";
  readonly bytes: Uint8Array;
  readonly fingerprint: string;
}

export interface FolderImage extends InodeFacts {
  readonly kind: "folder";
  readonly entries: ReadonlyMap<string, Image>;
  /** Equal for equal trees: names, kinds and bytes. */
  readonly fingerprint: string;
}

export interface LinkImage extends InodeFacts {
  readonly kind: "link";
  readonly target: string;
  readonly fingerprint: string;
}

export function fileImage(facts: InodeFacts, bytes: Uint8Array): FileImage {
  const fingerprint = `f${bytes.length}.${fingerprintOf(bytes)}`;
  return { ...onlyFacts(facts), kind: "file", bytes, fingerprint };
}

export function linkImage(facts: InodeFacts, target: string): LinkImage {
  return { ...onlyFacts(facts), kind: "link", target, fingerprint: `l${fingerprintOf(target)}` };
}

export function folderImage(facts: InodeFacts, entries: ReadonlyMap<string, Image>): FolderImage {
  let fingerprint: string | undefined;
  return {
    ...onlyFacts(facts),
    kind: "folder",
    entries,
    get fingerprint() {
      return (fingerprint ??= folderFingerprint(entries));
    },
  };
}

function folderFingerprint(entries: ReadonlyMap<string, Image>): string {
  // a sum does not depend on the order, which saves sorting; below 2 ** 53 it is exact
  let sum = entries.size;
  for (const [name, { fingerprint }] of entries) {
    sum = (sum + fingerprintOf(`${name}\0${fingerprint}`)) % 2 ** 52;
  }
  return `d${sum}`;
}

function onlyFacts({ number, mode, mtimeMs, ctimeMs }: InodeFacts): InodeFacts {
  return { number, mode, mtimeMs, ctimeMs };
}
