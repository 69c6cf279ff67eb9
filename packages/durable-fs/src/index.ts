export {
  appendWhole,
  checkLog,
  cutTo,
  findWholeEnd,
  type LogCheck,
  type LogDamage,
} from "./append-log.ts";
export { writeFileAtomic, writeFileAtomicLater } from "./atomic-write.ts";
export { copyTree } from "./copy-tree.ts";
export { digestFile, digestTree } from "./digest-file.ts";
export { type DurableFsErrorCode } from "./errors.ts";
export { type FileLock, lockFile, tryLockFile } from "./file-lock.ts";
export { type FileStat, type FileSystem, type LockRange, type OpenMode } from "./file-system.ts";
export { type FileVersion, sameVersion, versionOf } from "./file-version.ts";
export { flushFolder, flushFolderLater } from "./flush-folder.ts";
export { flushTree } from "./flush-tree.ts";
export { makeFolders } from "./make-folders.ts";
export { nodeFileSystem } from "./node-file-system.ts";
export { readAll, readFile } from "./read-all.ts";
export { removeTree } from "./remove-tree.ts";
export { type Replaced, replaceFile } from "./replace-file.ts";
export { swapLink } from "./swap-link.ts";
export { isSystemError, type SystemError, systemError } from "./system-error.ts";
export { isTemporaryName } from "./temporary.ts";
export { writeAll } from "./write-all.ts";
