import { TetraError } from "@tetra/errors";
import type { ActionStep } from "@tetra/tts-core/saga";
import { agentGround, endpointWish } from "../agent-policy/agent-ground.ts";
import type { AgentPolicy } from "../agent-policy/agent-policy.ts";
import { askedOf } from "../agent-policy/asked-command.ts";
import { realPath } from "../agent-policy/guarded-places.ts";
import { pinned } from "../agent-policy/pinned.ts";
import { verdictOnCommand } from "../agent-policy/command-verdict.ts";
import type { App } from "../app.ts";
import type { TtmErrorCode } from "../errors.ts";

/** What a plan is judged by. */
export interface PlanContext {
  readonly app: App;
  readonly policy: AgentPolicy;
  readonly file: string;
  /** The endpoint of the transaction. */
  readonly target: string;
  /** The folder where it was opened. */
  readonly cwd: string;
}

/**
 * Looks at every command of a plan, those that undo included.
 * @returns why a person has to approve it; empty: nobody has to.
 * @throws TetraError `FORBIDDEN`, with the step and the reason
 */
export function approvalsOf(
  steps: readonly ActionStep[],
  { app, policy, file, target, cwd }: PlanContext,
): readonly string[] {
  const ground = agentGround(app, { policy, file, cwd });
  const reasons = new Set<string>();
  const judge = (data: unknown, step: string): void => {
    const verdict = verdictOnCommand(policy, askedOf(data, { target, cwd }), ground);
    if (verdict.type === "refused") {
      throw new TetraError<TtmErrorCode>("FORBIDDEN", `${step}: not allowed: ${verdict.reason}`, {
        hint: verdict.hint,
        details: { step },
      });
    }
    if (verdict.approval !== undefined) reasons.add(verdict.approval);
  };
  for (const { name, data, compensate } of steps) {
    judge(data, name);
    if (compensate !== undefined) judge(compensate.data ?? data, `${name}, undone`);
  }
  return [...reasons];
}

/** A command with the program and the folder that were judged, whatever links lead there by the time it runs. */
export function pinnedTo(
  policy: AgentPolicy,
  data: unknown,
  context: Omit<PlanContext, "policy">,
): unknown {
  const { app, file, target, cwd } = context;
  const ground = agentGround(app, { policy, file, cwd });
  const asked = askedOf(data, { target, cwd });
  const folder = ground.isHere(asked.on) ? realPath(asked.cwd) : undefined;
  const verdict = verdictOnCommand(policy, { ...asked, cwd: folder ?? asked.cwd }, ground);
  if (verdict.type === "allowed") return pinned(data, { program: verdict.program, cwd: folder });
  throw new TetraError<TtmErrorCode>("FORBIDDEN", `not allowed: ${verdict.reason}`, {
    hint: verdict.hint,
  });
}

/**
 * The endpoints of a plan whose own configuration wants a person's word.
 * @throws TetraError `PROTECTED` for one that nobody may change, a `ResolveErrorCode`
 */
export function endpointsToApprove(
  steps: readonly ActionStep[],
  { app, target, cwd }: Pick<PlanContext, "app" | "target" | "cwd">,
): readonly string[] {
  const symbols = new Set(steps.map(({ data }) => askedOf(data, { target, cwd }).on));
  return [...symbols].filter((symbol) => {
    const wish = endpointWish(symbol, app);
    if (wish.type !== "refusal") return wish.type === "approval";
    throw new TetraError<TtmErrorCode>("PROTECTED", `${symbol}: ${wish.reason}`, {
      hint: "nothing but its configuration can allow this",
      details: { symbol },
    });
  });
}
