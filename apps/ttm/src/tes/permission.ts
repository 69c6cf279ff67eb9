import type { Arguments } from "@tetra/cli-kit";
import { TetraError } from "@tetra/errors";
import { type PlanLevel, protection } from "@tetra/tes";
import { isFinal, STANDARD } from "@tetra/tts-core";
import { userInfo } from "node:os";
import type { App } from "../app.ts";
import type { TtmErrorCode } from "../errors.ts";
import { withStore } from "../open-store.ts";

/** How sure one must be, and what was said before. */
export interface Consent {
  /** The value of `--confirm`: the symbol that may be changed. */
  readonly confirmed: string | undefined;
  /** The value of `--approval`: a transaction in which a person approved that symbol. */
  readonly approval?: string | undefined;
  /**
   * Whether this wants a confirmation although its environment does not: `ask`, or `explicit`, for which
   * a person has to write the symbol.
   */
  readonly care?: "ask" | "explicit" | undefined;
}

/** What the flags say. */
export function consentOf(args: Arguments): Consent {
  return { confirmed: args.value("confirm"), approval: args.value("approval") };
}

/**
 * Finds out whether a plan may be carried out; on a terminal, by asking.
 * @returns what allowed it, for the log.
 * @throws TetraError `PROTECTED`
 */
export async function permit(
  plan: PlanLevel,
  { confirmed, approval, care }: Consent,
  app: App,
): Promise<string> {
  const symbol = plan.binding.locator.handle.connector.channel.address.symbol.text;
  const { operation } = plan.binding.deed;
  const refusal = (reason: string, hint: string): TetraError =>
    new TetraError<TtmErrorCode>("PROTECTED", `${symbol}: ${operation} refused: ${reason}`, {
      hint,
      details: { symbol, operation },
    });
  const best = protection(plan, { isInteractive: false, isConfirmed: true });
  if (best.type === "refused") throw refusal(best.reason, best.hint);
  const decision = protection(plan, { isInteractive: false });
  if (decision.type === "allowed" && care === undefined) return decision.because;
  const { username } = userInfo();
  if (confirmed === symbol) return `confirmed with --confirm by ${username}`;
  if (approval !== undefined) return await approvedIn(approval, symbol, app);
  const reason = decision.type === "allowed" ? "it wants a confirmation" : decision.reason;
  const way = `confirm it: --confirm ${symbol}`;
  if (!app.isInteractive()) throw refusal(reason, way);
  const isExplicit = care === "explicit";
  const question = isExplicit ? `To do this, type ${symbol}:` : `Do this on ${symbol}? [y/N]`;
  const answer = await app.ask(`${plan.text}\n${question}`);
  const isYes = isExplicit ? answer === symbol : /^y(?:es)?$/iu.test(answer);
  if (isYes) return `confirmed on the terminal by ${username}`;
  throw refusal("it was not confirmed", way);
}

/**
 * Finds the approval of a symbol in a transaction that is still open.
 * @throws TetraError `PROTECTED`
 */
function approvedIn(id: string, symbol: string, app: App): Promise<string> {
  return withStore(app, "read", async ({ manager }) => {
    const { approvals, state, id: whole } = await manager.load(id);
    const given = approvals.findLast(({ name }) => name === symbol);
    if (given !== undefined && !isFinal(STANDARD, state.stage)) {
      return `approval in ${whole} by ${given.by}: ${given.why}`;
    }
    const why = given === undefined ? `does not approve ${symbol}` : "has ended";
    throw new TetraError<TtmErrorCode>("PROTECTED", `${symbol}: refused: ${whole} ${why}`, {
      hint: `let a person approve it: ttm approve ${symbol} ID --why REASON`,
      details: { symbol, id: whole },
    });
  });
}
