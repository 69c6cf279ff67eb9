import { TetraError } from "@tetra/errors";
import { planOf, type SagaDefinition } from "@tetra/tts-core/saga";
import * as z from "zod";
import { type AgentPolicy, DEFAULT_LIMITS } from "../agent-policy/agent-policy.ts";
import { readPolicy } from "../agent-policy/policy-file.ts";
import type { TtmErrorCode } from "../errors.ts";
import { withEngine } from "../saga/engine.ts";
import { approvalsOf, endpointsToApprove } from "./judged-plan.ts";
import {
  ownStepsOf,
  type ProposedStep,
  sagaOfProposal,
  shownStepsOf,
  STEP,
} from "./proposed-steps.ts";
import { inFull } from "./plan-in-full.ts";
import { wrongPhase } from "./refusals.ts";
import type { Tool, ToolCall } from "./tool.ts";
import { ID } from "./tool-inputs.ts";
import { tellOurs, tellTransaction, type ToldTransaction } from "./told-transaction.ts";
import { toldText } from "./told-text.ts";
import { TRANSACTION, type TransactionView } from "./transaction-view.ts";

interface Wanted {
  readonly id: string;
  readonly name: string;
  readonly steps: readonly ProposedStep[];
  readonly ask?: string;
  readonly commit_within_seconds?: number;
}

const input: z.ZodType<Wanted> = z.strictObject({
  id: ID,
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/u)
    .default("plan")
    .describe("What the plan is called."),
  steps: z
    .array(STEP)
    .min(1)
    .max(1000)
    .describe("In order. When one fails, those before it are undone."),
  ask: z.exactOptional(
    z
      .string()
      .min(1)
      .max(2000)
      .describe("Have a person approve it, also where nothing demands it."),
  ),
  commit_within_seconds: z.exactOptional(
    z
      .number()
      .int()
      .min(1)
      .max(10_000_000)
      .describe("Undo everything if it is not committed in this time after the last step."),
  ),
});

/** `propose_steps` */
export const proposeSteps: Tool<Wanted, TransactionView> = {
  name: "propose_steps",
  title: "Propose steps",
  description:
    "Records what is to be run, step by step, and what undoes each step. Nothing runs before run_steps. Every command is a program with its arguments, checked against the policy now and again right before it runs. A proposal is final: to change it, cancel_transaction and open another.",
  input,
  output: TRANSACTION,
  effect: "adds",
  isIdempotent: false,
  async run(wanted, call) {
    const { session } = call;
    const told = await tellOurs(session, wanted.id);
    const { id, phase } = told.view;
    if (phase !== "open")
      throw wrongPhase(told.view, "take steps: it has some already, or is over");
    const definition = definitionOf(wanted, told, call);
    await withEngine(session.app, { verb: "mcp propose" }, async ({ sagas, store }) => {
      const steps = shownStepsOf(definition);
      const { lines } = planOf({ name: definition.name, steps });
      const text = [...lines, "", "In full:", ...steps.flatMap(inFull)].join("\n");
      await sagas.define(id, definition);
      // only whoever was the first to define one: people must not read another plan than they approve
      await store.putArtifact(id, "plan.txt", new TextEncoder().encode(`${text}\n`));
      // as far as its first gate, so that people see what it waits for
      await sagas.resume(id, { stays: false });
    });
    const { view } = await tellTransaction(session.app, id);
    return { data: view, text: toldText(view, "Proposed; nothing has run.") };
  },
};

function definitionOf(
  { name, steps, ask, commit_within_seconds: commitWithin }: Wanted,
  { view: { target }, cwd }: ToldTransaction,
  { session }: ToolCall,
): SagaDefinition {
  const { app, policyFile: file } = session;
  const policy = readPolicy(file);
  const limits = policy?.limits ?? DEFAULT_LIMITS;
  if (steps.length > limits.steps) {
    throw new TetraError<TtmErrorCode>(
      "TOO_MUCH",
      `${steps.length} steps, ${limits.steps} are allowed`,
      {
        hint: "propose fewer, or let a person raise the limit",
      },
    );
  }
  const parts = { name, agent: session.agent(), steps, seconds: limits.seconds, commitWithin };
  const own = ownStepsOf(sagaOfProposal(parts));
  const context = { app, file, target, cwd };
  const reasons = policy === undefined ? [] : approvalsOf(own, { ...context, policy });
  if (policy !== undefined) endpointsToApprove(own, context); // refuses what nobody may change
  const approval = approvalText(ask, { reasons, steps: own.map(({ name: each }) => each), policy });
  return sagaOfProposal({ ...parts, approval });
}

/** What a person is asked; `undefined`: nobody is. Without a policy somebody has to look first in any case. */
function approvalText(
  ask: string | undefined,
  {
    reasons,
    steps,
    policy,
  }: {
    readonly reasons: readonly string[];
    readonly steps: readonly string[];
    readonly policy: AgentPolicy | undefined;
  },
): string | undefined {
  const why = policy === undefined ? ["there was no policy when it was proposed"] : reasons;
  if (ask === undefined && why.length === 0) return undefined;
  const because = why.length === 0 ? "" : ` (${why.join("; ")})`;
  const question = ask ?? "Let an agent do this?";
  return `${question} ${steps.join(", ")}${because}. The plan is in artifacts/plan.txt`;
}
