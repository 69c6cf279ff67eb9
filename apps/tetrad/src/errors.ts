import type { CommandLineErrorCode } from "@tetra/cli-kit";
import type { TsmErrorCode } from "@tetra/tsm";
import type { SupervisorErrorCode } from "@tetra/tsm/supervisor";

/** Every code that `tetrad` can end with. */
export type TetradErrorCode =
  | CommandLineErrorCode
  | SupervisorErrorCode
  | Extract<TsmErrorCode, "UNSUPPORTED_PLATFORM">
  /** Nothing says where the data is. */
  | "NO_DATA_ROOT"
  /** A file in `$TETRA_DIR/config` is not what it must be. */
  | "CONFIG_INVALID"
  /** A file in `$TETRA_DIR/config` could have been written by somebody else. */
  | "CONFIG_UNSAFE"
  /** An address that other machines can reach was asked for, without TLS or a proxy, or without a token. */
  | "HTTP_ADDRESS_REFUSED"
  /** Nothing listens where it was asked for: the port is taken, for example. */
  | "HTTP_NOT_SERVED"
  /** There is a token of this name. */
  | "TOKEN_EXISTS"
  /** There is no token of this name. */
  | "TOKEN_NOT_FOUND"
  /** The policy of a token cannot be read. */
  | "POLICY_UNREADABLE"
  /** A mistake in this program. */
  | "BUG";
