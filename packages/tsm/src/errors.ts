/** The codes of the `TetraError`s of this package. */
export type TsmErrorCode =
  /** A name, command, port, environment or policy that cannot be used. Nothing was done. */
  | "INVALID_SERVICE"
  /** A cron expression that cannot be read. */
  | "INVALID_CRON"
  /** No service of this name. */
  | "SERVICE_NOT_FOUND"
  /** It runs, or is being started; `details` has its id and pid. Nothing was done. */
  | "ALREADY_RUNNING"
  /** It does not run, and nothing wanted it to. */
  | "NOT_RUNNING"
  /** Its last run has ended, but processes that this run started live on; `details.processes`. */
  | "LEFTOVERS"
  /** The command is no executable file, here or on the `PATH` of the service's environment. */
  | "COMMAND_NOT_FOUND"
  /** The folder to run in is not there. */
  | "CWD_NOT_FOUND"
  /** A log file or the journal cannot be opened for appending. */
  | "LOG_UNWRITABLE"
  /** It was started and ended at once; message and `details` say how, with its last lines. */
  | "START_FAILED"
  /** The same, and its port is somebody else's; `details.holder` has pid and command, `details.service` its name if it is a service. */
  | "PORT_IN_USE"
  /** It runs, but did not answer its readiness probe in time; it was left running. */
  | "NOT_READY"
  /** A file of the service manager cannot be written: no room, or not ours. Nothing was left running. */
  | "STORE_UNWRITABLE"
  /** Processes live on after a stop, so nothing was started or removed; `details.survivors`. */
  | "SURVIVORS"
  /** Somebody else acts on this service, or allots ids, for longer than we may wait. */
  | "SERVICE_BUSY"
  /** A `meta.json` that is not one. */
  | "INVALID_META"
  /** Neither Linux nor macOS, or the process table cannot be read. */
  | "UNSUPPORTED_PLATFORM";
