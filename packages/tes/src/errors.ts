/** What reading a `topology.json` and `destination` refuse. Stable; listed in the README. */
export type TesErrorCode =
  /** `topology.json` is not JSON, or an entry is not what it must be. */
  | "INVALID_TOPOLOGY"
  /** A target that could not be given to ssh: blank, with spaces, or beginning like an option. */
  | "INVALID_TARGET";

/** What climbing from a symbol to a plan refuses: nothing has been connected to. */
export type ResolveErrorCode =
  | TesErrorCode
  /** A symbol that the grammar does not allow; `details.column` points at the character. */
  | "INVALID_SYMBOL"
  /** A symbol for another resolver: `@spaces:…`, `@agent:…`, `@module:…`. */
  | "FOREIGN_SYMBOL"
  /** No source knows the symbol. */
  | "UNKNOWN_SYMBOL"
  /** A level could not be reached; `details.level` says which. */
  | "UNRESOLVED"
  /** No such operation. */
  | "UNKNOWN_OPERATION"
  /** No such level. */
  | "UNKNOWN_LEVEL"
  /** A text that no command line can hold (NUL), or that is empty where it must not be. */
  | "INVALID_TEXT"
  /** A `tetra.toml` is not TOML, or a section is not what it must be. */
  | "INVALID_CONFIG"
  /** Several organisations and nothing that says which. */
  | "AMBIGUOUS_ORG"
  /** An operation requires a higher level than was reached. */
  | "LEVEL_NOT_REACHED"
  /** A protected environment may not be changed without a confirmation. */
  | "PROTECTED";

/** What connecting refuses: nothing was done on the far side. */
export type ConnectErrorCode =
  /** The host's name leads nowhere. */
  | "HOST_NOT_FOUND"
  /** No route to the host's network. */
  | "HOST_UNREACHABLE"
  /** The host answers; nobody listens on that port. */
  | "CONNECTION_REFUSED"
  /** The host did not answer in time. */
  | "CONNECT_TIMEOUT"
  /** The host's key is in no `known_hosts`. */
  | "HOST_KEY_UNKNOWN"
  /** The host shows another key than `known_hosts` has. */
  | "HOST_KEY_CHANGED"
  /** The host lets the user in with none of the keys. */
  | "AUTH_REFUSED"
  /** The identity file is absent, unreadable, or open to others. */
  | "IDENTITY_UNUSABLE"
  /** A jump host could not pass the connection on. */
  | "JUMP_FAILED"
  /** The OpenSSH client refuses its own configuration. */
  | "SSH_CONFIG_INVALID"
  /** `ssh`, `docker`, `podman`, `kubectl` or `tar` is not installed here. */
  | "TOOL_MISSING"
  /** The container or pod cannot be reached. */
  | "CONTAINER_UNREACHABLE"
  /** Connecting failed for a reason without a code of its own; the message has it. */
  | "CONNECT_FAILED";

/** What running a plan refuses. */
export type RunErrorCode =
  /** The connection broke while the command ran; how it ended over there is not known. */
  | "CONNECTION_LOST"
  /** The auth user may not act as the work user. */
  | "SUDO_REFUSED"
  /** The command took longer than it was given; it was interrupted. */
  | "TIMED_OUT"
  /** The caller aborted; the command was interrupted. */
  | "ABORTED"
  /** There is no such file or folder. */
  | "PATH_NOT_FOUND"
  /** The work user may not do that with the path. */
  | "PATH_DENIED"
  /** The path is a folder, a link to nowhere or a device, where a file is needed (or the reverse). */
  | "PATH_KIND"
  /** Something is already where something new was to be put. */
  | "EXISTS"
  /** No space is left, or a quota is used up. */
  | "NO_SPACE"
  /** Less arrived than was sent, or more; the old content is whole. */
  | "INCOMPLETE"
  /** More output than the caller agreed to keep. */
  | "OUTPUT_TOO_LARGE"
  /** The operation failed for a reason without a code of its own; the message has it. */
  | "OPERATION_FAILED";

/** Every code this package throws. */
export type EndpointErrorCode = ResolveErrorCode | ConnectErrorCode | RunErrorCode;
