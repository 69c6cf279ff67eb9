/**
 * The codes of the `TetraError`s of this package. What the file system itself refuses keeps Node's
 * `code` (`ENOENT`, `ENOSPC` …): see {@link isSystemError}.
 *
 * - `NOT_A_FILE`: a folder, link, socket, pipe or device is where only a regular file can be handled.
 */
export type DurableFsErrorCode = "NOT_A_FILE";
