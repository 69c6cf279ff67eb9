import { type Arguments, parseDuration } from "@tetra/cli-kit";
import { TetraError } from "@tetra/errors";
import type { TsmCliErrorCode } from "../errors.ts";

/**
 * The moment that `--since` means: a span before now (`2h`, `7d`) or a date.
 * @throws TetraError `INVALID_TIME`
 */
export function sinceOption(args: Arguments, nowMs: number): { readonly sinceMs?: number } {
  const text = args.value("since");
  if (text === undefined) return {};
  const span = parseDuration(text);
  const sinceMs = span === undefined ? Date.parse(text) : nowMs - span;
  if (Number.isFinite(sinceMs)) return { sinceMs };
  throw new TetraError<TsmCliErrorCode>(
    "INVALID_TIME",
    `--since: ${JSON.stringify(text)} is no time`,
    {
      hint: "use a span such as 2h or 7d, or a date such as 2026-01-31T09:30",
      details: { text },
    },
  );
}
