import { type Environment, usageError } from "@tetra/cli-kit";
import { TetraError } from "@tetra/errors";
import { isAbsolute, join, resolve } from "node:path";
import type { TtmErrorCode } from "./errors.ts";

/** Where things are (absolute paths). */
export interface Places {
  /** The data root: `--dir` or TETRA_DIR. */
  readonly root: string;
  /** The folder of transactions. */
  readonly transactions: string;
  /** `topology.json`, whether it exists or not. */
  readonly topology: string;
  /** `actions.json`, whether it exists or not. */
  readonly actions: string;
}

/** What was said about where things are: the environment, and flags, which win. */
export interface PlacesQuery {
  readonly env: Environment;
  /** The working directory; asked for only when a path is relative. It may have been removed. */
  readonly cwd: () => string;
  /** `--dir`: in place of TETRA_DIR and what else the environment says. */
  readonly dir?: string | undefined;
  /** `--module`: whose transactions. */
  readonly module?: string | undefined;
}

/**
 * Finds the places (TTS section 1): `--dir` and `--module`, then TTM_TXNS_DIR, TTM_DIR, TETRA_DIR.
 * @throws TetraError `NO_DATA_ROOT`, `USAGE` when the module is no folder name.
 */
export function placesOf({ env, cwd, dir, module }: PlacesQuery): Places {
  const root = dir ?? env["TETRA_DIR"] ?? "";
  if (root === "") {
    throw new TetraError<TtmErrorCode>("NO_DATA_ROOT", "TETRA_DIR environment variable not set", {
      hint: `say where the data is, for example: export TETRA_DIR="$HOME/.tetra"`,
    });
  }
  const given = dir === undefined ? env : {};
  const absolute = (path: string): string =>
    isAbsolute(path) ? resolve(path) : resolve(cwd(), path);
  const home = absolute(given["TTM_DIR"] || join(root, "ttm"));
  const places = {
    root: absolute(root),
    topology: join(home, "topology.json"),
    actions: join(home, "actions.json"),
  };
  if (module !== undefined) {
    return { ...places, transactions: absolute(join(root, moduleFolder(module), "txns")) };
  }
  return { ...places, transactions: absolute(given["TTM_TXNS_DIR"] || join(home, "txns")) };
}

/**
 * The working directory of a process that may have lost it.
 * @throws TetraError `NO_DATA_ROOT`
 */
export function workingFolder(cwd: () => string): string {
  try {
    return cwd();
  } catch (error) {
    throw new TetraError<TtmErrorCode>("NO_DATA_ROOT", "the current folder was removed", {
      hint: "go to another folder, or give an absolute path",
      cause: error,
    });
  }
}

function moduleFolder(module: string): string {
  if (/^[A-Za-z0-9_][\w.-]*$/.test(module)) return module;
  throw usageError(
    `--module: ${JSON.stringify(module)} is not a module`,
    "give the name of a folder in TETRA_DIR, such as rag or deploy",
  );
}
