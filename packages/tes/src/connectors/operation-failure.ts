import { TetraError } from "@tetra/errors";
import type { EndpointErrorCode, RunErrorCode } from "../errors.ts";
import type { Deed } from "../levels/binding-level.ts";
import type { Collected } from "./child.ts";
import { failure, lastLine, printable, signIn } from "./failure.ts";
import { FILE_FAILURES, SCRIPT_FAILURES, SUDO_FAILURES } from "./far-failures.ts";

/** How an operation ended. */
interface OperationEnd {
  readonly status: number;
  readonly stdout: Collected;
  readonly stderr: Collected;
  readonly deed: Deed;
  /** Whether sudo stood between. */
  readonly isActing: boolean;
}

/** What went wrong with an operation at its place; `undefined` when nothing did, or a command only says so by its status. */
export function operationFailure(
  subject: string,
  { status, stdout, stderr, deed, isActing }: OperationEnd,
): TetraError<EndpointErrorCode> | undefined {
  if (status === 0) return undefined;
  const text = stderr.bytes.toString();
  // sudo and our own script speak before a command could
  const [firstLine = ""] = text.split("\n");
  const isSilent = stdout.bytes.length === 0 && status === 1;
  if (isActing && isSilent) {
    const refused = signIn(firstLine, SUDO_FAILURES);
    if (refused !== undefined) return failure(subject, text, refused);
  }
  const own = isSilent ? signIn(firstLine, SCRIPT_FAILURES) : undefined;
  if (own !== undefined) return failure(subject, text, own);
  if (deed.operation === "execute") return undefined;
  const sign = signIn(text, FILE_FAILURES);
  if (sign !== undefined) return failure(subject, text, sign);
  return new TetraError<RunErrorCode>(
    "OPERATION_FAILED",
    `${subject}: ${printable(lastLine(text)) || `it ended with status ${status}`}`,
    { hint: "look at what it said", details: { status, said: printable(text).slice(0, 2000) } },
  );
}
