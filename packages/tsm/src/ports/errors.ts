/** The codes of the `TetraError`s of `@tetra/tsm/ports`. */
export type PortsErrorCode =
  /** Not a whole number from 1 to 65535, or the name, range or format of a port cannot be used. */
  | "INVALID_PORT"
  /** Somebody else has it: another name in `ports.toml`, or a range of reserved ports. Nothing was done. */
  | "PORT_ASSIGNED"
  /** No name like this in `ports.toml`. */
  | "NAMED_PORT_NOT_FOUND"
  /** Every port of the range is taken; `details` has the range. */
  | "NO_FREE_PORT"
  /** `ports.toml` cannot be read, or a line of it cannot be changed safely. Nothing was done. */
  | "INVALID_PORTS_FILE"
  /** Who listens on the port is a service, which is stopped by its name. Nothing was done. */
  | "PORT_MANAGED"
  /** Nobody listens on the port. */
  | "PORT_FREE"
  /** Who listens could not be ended: another user's process, or one that the kernel does not let go. */
  | "PORT_NOT_FREED";
