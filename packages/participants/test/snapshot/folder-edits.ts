import * as fs from "node:fs";
import fc from "fast-check";
import { attributeCalls } from "./folder-picture.ts";

/** Names that programs trip over; few, so that edits meet what is there. */
const NAMES = [
  "a",
  "b",
  "two words",
  "new\nline",
  "-rf",
  'it\'s "q" $(x)',
  "\xff\xfe",
  ".hid",
  "\xc3\xbc",
];
const FOLDER_NAMES = ["a", "new\nline", "\xff\xfe"];
const MODES = [0o000, 0o444, 0o555, 0o600, 0o644, 0o700, 0o755, 0o1777, 0o2750, 0o4711];
const TARGETS = ["nowhere", "/etc/passwd", "a", "../..", "/", "\xff"];

/** One change of a folder, as a person or program would make it. */
export type Edit =
  | {
      readonly type: "write" | "append" | "attribute";
      readonly path: string;
      readonly text: string;
    }
  | { readonly type: "truncate" | "folder" | "remove"; readonly path: string }
  | { readonly type: "link"; readonly path: string; readonly target: string }
  | { readonly type: "rename" | "hard-link"; readonly path: string; readonly to: string }
  | { readonly type: "mode"; readonly path: string; readonly mode: number }
  | { readonly type: "time"; readonly path: string; readonly seconds: number };

const path = fc
  .tuple(fc.array(fc.constantFrom(...FOLDER_NAMES), { maxLength: 2 }), fc.constantFrom(...NAMES))
  .map(([folders, name]) => folders.concat(name).join("/"));
const text = fc.string({ maxLength: 12 });

/** Any edits; many of them fail on a given folder, and change nothing then. */
export const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ type: fc.constant("write" as const), path, text }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant("folder" as const), path }) },
    fc.record({ type: fc.constantFrom("append" as const, "attribute" as const), path, text }),
    fc.record({ type: fc.constantFrom("truncate" as const, "remove" as const), path }),
    fc.record({ type: fc.constant("link" as const), path, target: fc.constantFrom(...TARGETS) }),
    fc.record({ type: fc.constantFrom("rename" as const, "hard-link" as const), path, to: path }),
    fc.record({ type: fc.constant("mode" as const), path, mode: fc.constantFrom(...MODES) }),
    fc.record({
      type: fc.constant("time" as const),
      path,
      seconds: fc.double({ min: 0, max: 2e9, noNaN: true }),
    }),
  ),
  { minLength: 5, maxLength: 60, size: "max" },
);

/** Makes edits in a folder; those that the system refuses are left out. */
export function apply(folder: string, list: readonly Edit[]): void {
  const inside = (relative: string): Buffer =>
    Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(relative, "latin1")]);
  for (const edit of list) {
    try {
      applyOne(edit, inside(edit.path), inside);
    } catch (error) {
      if (!(error instanceof Error) || !("code" in error)) throw error;
    }
  }
}

function applyOne(edit: Edit, at: Buffer, inside: (relative: string) => Buffer): void {
  const noFollow = fs.constants.O_NOFOLLOW;
  switch (edit.type) {
    case "write":
      return inFile(at, fs.constants.O_WRONLY | fs.constants.O_CREAT | noFollow, (fd) =>
        fs.writeFileSync(fd, edit.text),
      );
    case "append":
      return inFile(at, fs.constants.O_WRONLY | fs.constants.O_APPEND | noFollow, (fd) =>
        fs.writeSync(fd, edit.text),
      );
    case "attribute":
      return inFile(at, fs.constants.O_RDONLY | noFollow, (fd) =>
        attributeCalls.setAttrSync(fd, "user.test", edit.text),
      );
    case "truncate":
      return inFile(at, fs.constants.O_RDWR | noFollow, (fd) => fs.ftruncateSync(fd, 3));
    case "folder":
      return fs.mkdirSync(at);
    case "remove":
      return remove(at);
    case "link":
      return fs.symlinkSync(Buffer.from(edit.target, "latin1"), at);
    case "rename":
      return fs.renameSync(at, inside(edit.to));
    case "hard-link":
      return fs.linkSync(at, inside(edit.to));
    case "mode":
      return fs.lstatSync(at).isSymbolicLink() ? undefined : fs.chmodSync(at, edit.mode);
    case "time":
      return fs.lutimesSync(at, edit.seconds, edit.seconds);
  }
}

function inFile(at: Buffer, flags: number, work: (fd: number) => unknown): void {
  const fd = fs.openSync(at, flags);
  try {
    work(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function remove(at: Buffer): void {
  if (!fs.lstatSync(at).isDirectory()) return fs.unlinkSync(at);
  for (const name of fs.readdirSync(at, { encoding: "buffer" }))
    remove(Buffer.concat([at, Buffer.from("/"), name]));
  fs.rmdirSync(at);
}
