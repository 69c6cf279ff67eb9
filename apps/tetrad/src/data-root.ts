import { resolve } from "node:path";
import { TetraError } from "@tetra/errors";
import type { TetradErrorCode } from "./errors.ts";

/** `$TETRA_DIR`, absolute. @throws TetraError `NO_DATA_ROOT` */
export function dataRoot(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
  given: string = env["TETRA_DIR"] ?? "",
): string {
  if (given !== "") return resolve(cwd, given);
  throw new TetraError<TetradErrorCode>("NO_DATA_ROOT", "TETRA_DIR environment variable not set", {
    hint: `say where the data is, for example: export TETRA_DIR="$HOME/.tetra"`,
  });
}
