export { type FileStat, type FileSystem, type LockRange, type OpenMode } from "./file-system.ts";
