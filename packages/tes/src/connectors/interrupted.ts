import { TetraError } from "@tetra/errors";
import type { RunErrorCode } from "../errors.ts";
import type { InterruptReason } from "./interruption.ts";

/** The error of what was interrupted. */
export function interrupted(
  subject: string,
  why: InterruptReason,
  { timeoutMs = 0 }: { readonly timeoutMs?: number } = {},
): TetraError<RunErrorCode> {
  return why === "timeout"
    ? new TetraError(
        "TIMED_OUT",
        `${subject}: not done within ${timeoutMs / 1000} s; interrupted`,
        {
          hint: "give it more time, or find out what it waits for",
          details: { timeoutMs },
        },
      )
    : new TetraError("ABORTED", `${subject}: aborted; interrupted`, {
        hint: "run it again when it is wanted",
      });
}
