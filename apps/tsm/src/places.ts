import type { Environment } from "@tetra/cli-kit";
import { TetraError } from "@tetra/errors";
import { resolve } from "node:path";
import type { TsmCliErrorCode } from "./errors.ts";

/** Where things are (absolute paths). */
export interface Places {
  /** The data root: `--dir` or TETRA_DIR. */
  readonly root: string;
  /** The folder of the service manager. */
  readonly folder: string;
}

/** What was said about where things are. */
export interface PlacesQuery {
  readonly env: Environment;
  /** The working directory; asked for only when a path is relative. It may have been removed. */
  readonly cwd: () => string;
  /** `--dir`: in place of TETRA_DIR. */
  readonly dir?: string | undefined;
}

/** Finds the places. @throws TetraError `NO_DATA_ROOT` */
export function placesOf({ env, cwd, dir }: PlacesQuery): Places {
  const given = dir ?? env["TETRA_DIR"] ?? "";
  if (given === "") {
    throw new TetraError<TsmCliErrorCode>(
      "NO_DATA_ROOT",
      "TETRA_DIR environment variable not set",
      { hint: `say where the data is, for example: export TETRA_DIR="$HOME/.tetra"` },
    );
  }
  const root = given.startsWith("/") ? resolve(given) : resolve(cwd(), given);
  return { root, folder: resolve(root, "tsm") };
}

/**
 * The working directory of a process that may have lost it.
 * @throws TetraError `NO_DATA_ROOT`
 */
export function workingFolder(cwd: () => string): string {
  try {
    return cwd();
  } catch (error) {
    throw new TetraError<TsmCliErrorCode>("NO_DATA_ROOT", "the current folder was removed", {
      hint: "go to another folder, or give an absolute path",
      cause: error,
    });
  }
}
