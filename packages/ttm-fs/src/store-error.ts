import { isTetraError, TetraError } from "@tetra/errors";
import { isSystemError } from "@tetra/durable-fs";
import type { TtsErrorCode } from "@tetra/tts-core";

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: "free some disk space and try again",
  EDQUOT: "free some of your disk quota and try again",
  EACCES: "check the permissions of the folder",
  EPERM: "check the owner and permissions of the folder",
  EROFS: "the file system is read-only: choose another folder",
  EMFILE: "raise the limit on open files (ulimit -n) and try again",
  ENFILE: "the machine has too many open files: close some and try again",
  EIO: "the disk reports errors: check it, then run recover",
  ELOOP: "a symbolic link stands where a file should be: remove it",
  ENAMETOOLONG: "use a shorter name",
};

/**
 * Any failure of the file system as one `IO` error that names the transaction. Errors that are ours
 * already, and bugs, pass unchanged.
 */
export function storeError(what: string, error: unknown): unknown {
  if (isTetraError(error) || !isSystemError(error)) return error;
  return new TetraError<TtsErrorCode>("IO", `${what}: ${error.message}`, {
    hint: HINTS[error.code] ?? "run recover, then try again",
    details: { code: error.code, path: error.path },
    cause: error,
  });
}
