import type { TesErrorCode, ResolveErrorCode } from "../errors.ts";

/** One thing that is wrong in a file. */
export interface Problem {
  /** A warning does not keep the file from being used. */
  readonly severity: "error" | "warning";
  readonly code: Extract<ResolveErrorCode | TesErrorCode, "INVALID_TOPOLOGY" | "INVALID_CONFIG">;
  readonly file: string;
  /** From 1; absent when the whole file is meant. */
  readonly line?: number;
  /** From 1; for texts that are no JSON or TOML at all. */
  readonly column?: number;
  /** The key, its parts joined with dots. */
  readonly key?: string;
  /** What is wrong, without place and key. */
  readonly message: string;
}

/** A problem in one line: `tetra.toml:12: "connectors.@dev.host" must be text`. */
export function formatProblem({ file, line, column, key, message }: Problem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  return `${place}: ${key === undefined ? "" : `"${key}" `}${message}`;
}
