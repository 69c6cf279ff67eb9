import { usageError } from "@tetra/cli-kit";
import { parseLocation } from "@tetra/tes";
import type { FarPath } from "./far-digest.ts";

/**
 * Reads `@staging:path`.
 * @throws TetraError `INVALID_SYMBOL`, `FOREIGN_SYMBOL`, `USAGE` without a path.
 */
export function farPathOf(command: string, text: string): FarPath {
  const { symbol, path } = parseLocation(text);
  if (path !== undefined) return { symbol: symbol.text, path };
  throw usageError(
    `${command}: ${text} names no path`,
    `write it behind a colon: ${symbol.text}:~/app/config`,
  );
}
