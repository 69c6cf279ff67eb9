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
  /** A mistake in this program. */
  | "BUG";
