import { dirname, join, resolve } from "node:path/posix";
import { TetraError } from "@tetra/errors";
import type { ServiceEnvironment } from "../files/store.ts";
import { parseAssignments } from "./assignments.ts";
import { portFrom } from "./discover-port.ts";
import type { LaunchErrorCode } from "./errors.ts";
import type { LaunchHost } from "./launch-host.ts";

/** An env file that was read. */
export interface EnvFile {
  readonly path: string;
  /** What it sets, in its order; arrays are left out, as no environment can hold them. */
  readonly values: Readonly<Record<string, string>>;
  /** `PORT`, else `TETRA_PORT`. */
  readonly port: number | undefined;
  /** `NAME`, else `TETRA_NAME`. */
  readonly name: string | undefined;
}

/** Which env file is wanted. */
export interface WantedEnvFile {
  /** A bare word, a path, `none`; absent: one that lies where env files lie, if there is a script. */
  readonly asked: string | undefined;
  /** Where relative paths start. */
  readonly cwd: string;
  /** The folder that the service runs in. */
  readonly folder: string;
  /** The script that is run; absolute. */
  readonly script: string | undefined;
}

/** What is found without being asked for, the first of them. */
const FOUND_BY_ITSELF = ["dev.env", "local.env", ".env"];

/**
 * The path of the env file; `undefined` when none is wanted or found.
 * @throws TetraError `ENV_FILE_MISSING` when one was asked for
 */
export function findEnvFile(host: LaunchHost, wanted: WantedEnvFile): string | undefined {
  const { asked, cwd, folder, script } = wanted;
  if (asked === "none") return undefined;
  if (asked === undefined) {
    if (script === undefined) return undefined;
    return [...new Set([dirname(script), folder])]
      .flatMap((home) => [join(home, "env"), home])
      .flatMap((home) => FOUND_BY_ITSELF.map((name) => join(home, name)))
      .find((path) => host.isFile(path));
  }
  const isPath = asked.includes("/") || asked.includes(".env");
  const homes = [folder, ...(script === undefined ? [] : [dirname(script)])];
  const tried = isPath
    ? [resolve(cwd, asked)]
    : [...new Set(homes)].flatMap((home) =>
        [`env/${asked}.env`, `env/${asked}`, `${asked}.env`, asked].map((name) => join(home, name)),
      );
  const found = tried.find((path) => host.isFile(path));
  if (found !== undefined) return found;
  throw missing(tried[0] ?? asked, { asked, tried });
}

function missing(path: string, details: Readonly<Record<string, unknown>>): TetraError {
  return new TetraError<LaunchErrorCode>(
    "ENV_FILE_MISSING",
    `Environment file not found: ${path}`,
    {
      hint: "make it, or name another with --env; --env none goes without",
      details,
    },
  );
}

/** What is put into a template for somebody to replace. */
const PLACEHOLDER = /YOUR_\w*_HERE|\bREPLACE_|\bTODO\b|\bCHANGE_?ME\b/;

/**
 * Reads an env file, without executing it.
 * @param variables what `$V` in it finds
 * @throws TetraError `ENV_FILE_MISSING`, `NOT_ASSIGNMENTS`, `PLACEHOLDERS`, `PORT_NOT_SET` when its port
 *   is no port
 */
export function readEnvFile(
  host: LaunchHost,
  path: string,
  variables: ServiceEnvironment,
): EnvFile {
  const text = host.readText(path);
  if (text === undefined) throw missing(path, { asked: path, tried: [path] });
  const entries = parseAssignments(text, { variables, where: path }).flatMap(
    ({ name, value, line }) => (typeof value === "string" ? [{ name, value, line }] : []),
  );
  const left = entries.filter(({ value }) => PLACEHOLDER.test(value));
  const [first] = left;
  if (first !== undefined) {
    const names = left.map(({ name }) => name);
    throw new TetraError<LaunchErrorCode>(
      "PLACEHOLDERS",
      `${path}:${first.line}: placeholders are left in ${names.join(", ")}`,
      { hint: "put the real values in", details: { path, line: first.line, variables: names } },
    );
  }
  const values = Object.fromEntries(entries.map(({ name, value }) => [name, value]));
  const named = (...names: readonly string[]): string | undefined =>
    names.map((name) => values[name]).find((value) => value !== undefined && value !== "");
  const written = named("PORT", "TETRA_PORT");
  const port = portFrom(written);
  // 0 asks the system for any free port
  if (written !== undefined && port === undefined && written !== "0") {
    throw new TetraError<LaunchErrorCode>("PORT_NOT_SET", `${path}: ${written} is no port`, {
      hint: "set PORT to a number from 1 to 65535",
      details: { path, port: written },
    });
  }
  return { path, values, port, name: named("NAME", "TETRA_NAME") };
}
