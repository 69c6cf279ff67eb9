import { TetraError } from "@tetra/errors";
import type { ResolveErrorCode } from "../errors.ts";
import { type LevelName, levelNumber } from "../level.ts";

/** The error of a level that could not be reached. */
export function unresolved(
  symbol: string,
  level: LevelName,
  { reason, hint }: { readonly reason: string; readonly hint: string },
): TetraError<ResolveErrorCode> {
  return new TetraError(
    "UNRESOLVED",
    `${symbol}: level ${levelNumber(level)} (${level}) not reached: ${reason}`,
    { hint, details: { symbol, level } },
  );
}
