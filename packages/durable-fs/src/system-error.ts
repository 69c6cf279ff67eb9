/** An `Error` as `node:fs` throws it. */
export interface SystemError extends Error {
  /** `ENOENT`, `EEXIST`, `ENOSPC`, `EIO` …, as errno(3) names them. */
  readonly code: string;
  /** The call that failed: `open`, `rename`, `flush` … */
  readonly syscall?: string;
  readonly path?: string;
}

/** Whether `error` came from the system and, when `code` is given, has that code. */
export function isSystemError(error: unknown, code?: string): error is SystemError {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string")
    return false;
  return code === undefined ? /^E[A-Z0-9]+$/.test(error.code) : error.code === code;
}

const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EBADF: "bad file descriptor",
  EBUSY: "resource busy or locked",
  EEXIST: "file already exists",
  EINVAL: "invalid argument",
  EIO: "i/o error",
  EISDIR: "illegal operation on a directory",
  ELOOP: "too many symbolic links encountered",
  EMFILE: "too many open files",
  ENAMETOOLONG: "name too long",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on device",
  ENOSYS: "function not implemented",
  ENOTDIR: "not a directory",
  ENOTEMPTY: "directory not empty",
};

/** Makes the error that `node:fs` would throw. */
export function systemError(code: string, syscall: string, path?: string): SystemError {
  const where = path === undefined ? syscall : `${syscall} '${path}'`;
  const error = new Error(`${code}: ${MEANINGS[code] ?? "system error"}, ${where}`);
  return Object.assign(error, { code, syscall }, path === undefined ? {} : { path });
}
