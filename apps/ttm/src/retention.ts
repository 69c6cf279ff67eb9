import { type Arguments, parseDuration, usageError } from "@tetra/cli-kit";
import type { Retention } from "@tetra/ttm-fs";

/** Reads `--older-than`, `--stage` and `--dry-run`. @throws TetraError `USAGE` */
export function retentionOf(args: Arguments, byDefault: string, nowMs: number): Retention {
  const age = args.value("older-than") ?? byDefault;
  const olderThanMs = parseDuration(age);
  if (olderThanMs === undefined) {
    throw usageError(
      `--older-than: ${JSON.stringify(age)} is not an age`,
      "write a number and a unit: 30d, 12h, 2w, 1y",
    );
  }
  const stages = args.values("stage");
  return {
    olderThanMs,
    nowMs,
    ...(stages.length === 0 ? {} : { stages }),
    dryRun: args.has("dry-run"),
  };
}
