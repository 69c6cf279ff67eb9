/** The codes of the `TetraError`s of the supervisor and of those who talk to it. */
export type SupervisorErrorCode =
  /** No daemon looks after this folder, and one was asked for something. */
  | "DAEMON_NOT_RUNNING"
  /** The daemon ended, or said nothing, while somebody waited for it to begin; `details.log` has its last lines. */
  | "DAEMON_START_FAILED"
  /** The daemon is there and does not answer, or not in our words. */
  | "DAEMON_UNREACHABLE"
  /** The daemon was told to end and did not. */
  | "DAEMON_STUCK"
  /** The path of the socket is longer than the kernel can take. */
  | "SOCKET_PATH_TOO_LONG"
  /** The folder of the socket is not private to the user. */
  | "SOCKET_FOLDER_UNSAFE";
