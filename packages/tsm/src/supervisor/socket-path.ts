import { createHash } from "node:crypto";
import { lstatSync, mkdirSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path/posix";
import { isSystemError } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { SupervisorErrorCode } from "./errors.ts";

/** A longer path would be cut by the kernel, and be another socket. */
const MOST_BYTES = 107;

/** What decides where the socket is. */
export interface SocketPlace {
  /** `$TETRA_DIR`, absolute, links followed. */
  readonly tetraDir: string;
  /** `$XDG_RUNTIME_DIR`, if there is one. */
  readonly runtimeDir: string | undefined;
  /** The folder for temporary files. */
  readonly temporaryDir: string;
  /** Default: this process's user. */
  readonly uid?: number;
}

/**
 * Makes the private folder of the socket, and says where the socket is: in the user's runtime folder,
 * else below a private folder among the temporary files.
 * @throws TetraError `SOCKET_PATH_TOO_LONG`, `SOCKET_FOLDER_UNSAFE`
 */
export function socketPath(place: SocketPlace): string {
  const { tetraDir, runtimeDir, temporaryDir, uid = userInfo().uid } = place;
  const hash = createHash("sha256").update(tetraDir).digest("hex").slice(0, 16);
  const hasRuntime = runtimeDir !== undefined && isPrivate(runtimeDir, uid);
  const root = hasRuntime ? join(runtimeDir, "tetra") : join(temporaryDir, `tetra-${uid}`);
  const path = join(root, hash, "sock");
  const bytes = Buffer.byteLength(path);
  if (bytes > MOST_BYTES) {
    throw new TetraError<SupervisorErrorCode>(
      "SOCKET_PATH_TOO_LONG",
      `the path of the socket has ${bytes} bytes, of ${MOST_BYTES} that are possible: ${path}`,
      { hint: "set XDG_RUNTIME_DIR or TMPDIR to a shorter folder", details: { path } },
    );
  }
  for (const folder of [root, join(root, hash)]) makePrivate(folder, uid);
  return path;
}

function makePrivate(folder: string, uid: number): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!isSystemError(error, "EEXIST")) throw error;
  }
  if (isPrivate(folder, uid)) return;
  throw new TetraError<SupervisorErrorCode>(
    "SOCKET_FOLDER_UNSAFE",
    `${folder}: not a folder that only you may use, so no socket is put there`,
    { hint: "remove it, or make it yours with mode 0700", details: { folder } },
  );
}

/** A link does not count: somebody else could turn it. */
function isPrivate(folder: string, uid: number): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && stats.uid === uid && (stats.mode & 0o077) === 0;
}
