import { TetraError } from "@tetra/errors";
import type { TtmErrorCode } from "../errors.ts";
import type { TransactionView } from "./transaction-view.ts";

/** The transaction is not where this could be done. */
export function wrongPhase(
  { id, phase, next }: TransactionView,
  what: string,
): TetraError<TtmErrorCode> {
  return new TetraError("INVALID_STAGE", `${id} (${phase}): cannot ${what}`, {
    hint: next,
    details: { id, phase },
  });
}

/** A person has to say something first. */
export function notApproved({ id, approvals }: TransactionView): TetraError<TtmErrorCode> {
  const [first] = approvals.missing;
  const what = approvals.missing.map((each) => each.what).join(", ");
  return new TetraError("NOT_APPROVED", `${id}: a person has to approve ${what} first`, {
    hint: `ask for it, then wait_for_approval; they type: ${first?.command ?? ""}`,
    details: { id },
  });
}
