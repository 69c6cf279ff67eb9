import type { PlanLevel } from "./levels/plan-level.ts";
import type { WriteRights } from "./sources/endpoint-fields.ts";
import { formatOrigin } from "./origin.ts";
import { TetraError } from "@tetra/errors";
import type { ResolveErrorCode } from "./errors.ts";
import { symbolOf } from "./plan/symbol-of.ts";

/** Under which circumstances a plan is to run. */
export interface Policy {
  /** Whether a person can be asked: there is a terminal. */
  readonly isInteractive: boolean;
  /** A person said yes, or gave the explicit flag for it. */
  readonly isConfirmed?: boolean;
  /** An approval that was recorded for exactly this, by its name. */
  readonly approval?: string;
  /** Symbols that a policy allows to be changed without asking. */
  readonly allowed?: readonly string[];
}

/** Whether a plan may run now. */
export type Protection =
  /** `because` is for the log: what allowed it. */
  | { readonly type: "allowed"; readonly because: string }
  /** Ask, with this question, then decide again with `isConfirmed`. */
  | { readonly type: "needs-confirmation"; readonly question: string; readonly reason: string }
  | { readonly type: "refused"; readonly reason: string; readonly hint: string };

/** What may be changed in an environment, and what says so. */
export interface Rights {
  readonly rights: WriteRights;
  readonly reason: string;
}

/** What may be changed where a plan leads: as its sources say, else `@prod` only after a confirmation. */
export function writeRights(plan: PlanLevel): Rights {
  const { text, known } = symbolOf(plan.binding.locator.handle.connector);
  const { write } = known.fields;
  if (write !== undefined) {
    return {
      rights: write.value,
      reason: `${text} has write = ${write.value} (${formatOrigin(write.origin)})`,
    };
  }
  return text === "@prod"
    ? { rights: "confirm", reason: "@prod is read-only until confirmed" }
    : { rights: "allowed", reason: `${text} is not protected` };
}

/** Decides whether a plan may run: reading always, changing and executing as the environment says. */
export function protection(plan: PlanLevel, policy: Policy): Protection {
  if (plan.binding.deed.operation === "read") return { type: "allowed", because: "it only reads" };
  const { rights, reason } = writeRights(plan);
  const symbol = symbolOf(plan.binding.locator.handle.connector).text;
  switch (rights) {
    case "allowed":
      return { type: "allowed", because: reason };
    case "refused":
      return { type: "refused", reason, hint: "nothing but its configuration can allow this" };
    case "confirm":
      if (policy.isConfirmed === true) return { type: "allowed", because: "confirmed" };
      if (policy.approval !== undefined) {
        return { type: "allowed", because: `approval ${policy.approval}` };
      }
      if (policy.allowed?.includes(symbol) === true) {
        return { type: "allowed", because: `policy allows ${symbol}` };
      }
      return policy.isInteractive
        ? { type: "needs-confirmation", reason, question: `${plan.text}\nDo this on ${symbol}?` }
        : { type: "refused", reason, hint: "confirm it with the flag, or record an approval" };
  }
}

/**
 * Goes on only with what is allowed.
 * @returns what allowed it.
 * @throws TetraError `PROTECTED` when it is refused, or should have been asked for first.
 */
export function requireAllowed(plan: PlanLevel, policy: Policy): string {
  const decision = protection(plan, policy);
  if (decision.type === "allowed") return decision.because;
  const symbol = symbolOf(plan.binding.locator.handle.connector).text;
  const { operation } = plan.binding.deed;
  throw new TetraError<ResolveErrorCode>(
    "PROTECTED",
    `${symbol}: ${operation} refused: ${decision.reason}`,
    {
      hint: decision.type === "refused" ? decision.hint : "confirm it",
      details: { symbol, operation },
    },
  );
}
