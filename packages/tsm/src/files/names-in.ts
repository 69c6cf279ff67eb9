import { type FileSystem, isSystemError } from "@tetra/durable-fs";

/** The names in a folder; none when it is not there. */
export function namesIn(fs: FileSystem, folder: string): readonly string[] {
  try {
    return fs.names(folder);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return [];
    throw error;
  }
}
