import * as z from "zod";
import { requirePolicy } from "../agent-policy/policy-file.ts";
import { withEngine } from "../saga/engine.ts";
import { carriedOn } from "./carried-on.ts";
import type { Errand } from "./carrier.ts";
import { approvalsOf, endpointsToApprove } from "./judged-plan.ts";
import { GATES, ownStepsOf } from "./proposed-steps.ts";
import { notApproved, wrongPhase } from "./refusals.ts";
import type { Session } from "./session.ts";
import type { Tool } from "./tool.ts";
import { ID, WAIT_SECONDS } from "./tool-inputs.ts";
import { tellOurs, type ToldTransaction } from "./told-transaction.ts";
import { toldText } from "./told-text.ts";
import { TRANSACTION, type TransactionView } from "./transaction-view.ts";

interface Wanted {
  readonly id: string;
  readonly wait_seconds: number;
}

const input: z.ZodType<Wanted> = z.strictObject({ id: ID, wait_seconds: WAIT_SECONDS });

/** `run_steps` */
export const runSteps: Tool<Wanted, TransactionView> = {
  name: "run_steps",
  title: "Run the proposed steps",
  description:
    "Runs what was proposed, if the policy still allows it and whoever has to has approved. When a step fails, what was done is undone. Afterwards it waits for commit_transaction or undo_transaction. Cancelling this call undoes what was done; called again, it waits on.",
  input,
  output: TRANSACTION,
  effect: "changes",
  isIdempotent: true,
  waits: true,
  async run({ id: wanted, wait_seconds: seconds }, call) {
    const { session } = call;
    const told = await tellOurs(session, wanted);
    const { id, phase } = told.view;
    if (phase === "ran") return { data: told.view, text: toldText(told.view) };
    if (phase !== "proposed" && phase !== "running") {
      throw wrongPhase(told.view, "run steps");
    }
    if (phase === "proposed") await start(session, told);
    const { view } = await carriedOn(call, {
      id,
      errand: onwards("run", told),
      seconds,
      onCancelled: () => cancelled(session, id, "the call was cancelled"),
    });
    const heading =
      view.phase === "running" ? "It still runs: call run_steps again to wait on." : "";
    return { data: view, text: toldText(view, heading) };
  },
};

/** Carries a saga on from where it is. */
export function onwards(verb: string, { view: { id }, cwd }: ToldTransaction): Errand {
  return { verb, folder: cwd, go: ({ sagas }, options) => sagas.resume(id, options) };
}

/** Asks for a saga to be undone; whoever carries it on does so. */
export async function cancelled({ app, agent }: Session, id: string, why: string): Promise<void> {
  await withEngine(app, { verb: "mcp cancel" }, ({ sagas }) =>
    sagas.cancel(id, { by: byAgent(agent()), why }),
  );
}

/** How an agent is named where people are named otherwise. */
export function byAgent(agent: string): string {
  return `${agent} (agent)`;
}

/** Looks at everything once more, and gives the word to start. */
async function start(
  { app, policyFile: file, agent }: Session,
  told: ToldTransaction,
): Promise<void> {
  const { view, saga, cwd } = told;
  const { id, target } = view;
  const policy = requirePolicy(file);
  const own = saga === undefined ? [] : ownStepsOf(saga.definition);
  const context = { app, file, target, cwd };
  const reasons = approvalsOf(own, { ...context, policy });
  endpointsToApprove(own, context);
  if (view.approvals.missing.length > 0) throw notApproved(view);
  const isAsked = saga?.definition.steps.some(({ type }) => type === "approval") === true;
  if (reasons.length > 0 && !isAsked) {
    throw wrongPhase(
      view,
      `run: the policy wants an approval by now (${reasons.join(", ")}); cancel it and propose it again`,
    );
  }
  await withEngine(app, { verb: "mcp run" }, ({ sagas }) =>
    sagas.signal(id, { step: GATES.start, by: byAgent(agent()) }),
  );
}
