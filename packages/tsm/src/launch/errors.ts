/** The codes of the `TetraError`s of `@tetra/tsm/launch`, besides those of `@tetra/tsm`. */
export type LaunchErrorCode =
  /** There is nothing to start. */
  | "NO_COMMAND"
  /** An option that cannot be used: a size, time, probe, port, number … that is none. */
  | "INVALID_OPTION"
  /** A file of assignments has something else in it, which would have to be executed to be known. */
  | "NOT_ASSIGNMENTS"
  /** An env file still has placeholders where values should be; `details.variables`. */
  | "PLACEHOLDERS"
  /** A port is needed, and none is said, or what is said is no port. */
  | "PORT_NOT_SET"
  /** The env file that was asked for is not there, or cannot be read; `details.tried`. */
  | "ENV_FILE_MISSING"
  /** The script is not there, or not executable. */
  | "SCRIPT_NOT_FOUND"
  /** A word fits several services; `details.candidates`. */
  | "AMBIGUOUS_SERVICE"
  /** What was kept about how a service was asked for cannot be understood. */
  | "INVALID_ORIGIN";
