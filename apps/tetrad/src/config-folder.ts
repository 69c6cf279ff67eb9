import { type FileLock, type FileSystem, lockFile, makeFolders } from "@tetra/durable-fs";
import { join } from "node:path";

/** Where a person's settings are, and how files are reached. */
export interface ConfigPlace {
  readonly fs: FileSystem;
  readonly tetraDir: string;
}

/** The folder of a person's settings: `$TETRA_DIR/config`. */
export function configFolder(tetraDir: string): string {
  return join(tetraDir, "config");
}

/** Holds the lock under which this program's files in that folder are changed; makes the folder. */
export async function lockConfig({ fs, tetraDir }: ConfigPlace): Promise<FileLock> {
  const folder = configFolder(tetraDir);
  makeFolders(fs, folder, { durable: true });
  return lockFile(fs, join(folder, "tetrad.lock"), { offset: 0, length: 1 });
}
