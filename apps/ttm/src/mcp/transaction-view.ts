import { shellWord } from "@tetra/cli-kit";
import { isFinal, STANDARD, type TransactionStatus } from "@tetra/tts-core";
import type { ActionStep, SagaState, SagaView, StepView } from "@tetra/tts-core/saga";
import * as z from "zod";
import { POLICY_FIELD } from "../agent-policy/agent-step.ts";
import { CHANGE, GATES, ownStepsOf } from "./proposed-steps.ts";

/** How far a transaction is, for an agent. */
export const PHASES = [
  "open",
  "proposed",
  "running",
  "ran",
  "undoing",
  "needs_person",
  "committed",
  "undone",
  "failed",
] as const;

/** How far a transaction is, for an agent. */
export type Phase = (typeof PHASES)[number];

/** A validation as the state of its transaction records it. */
export interface Validation {
  readonly passed: boolean;
  readonly by: string;
  readonly checks: readonly ValidationCheck[];
}

/** What came of one check. */
export interface ValidationCheck {
  readonly name: string;
  readonly passed: boolean;
  readonly error?: string;
  readonly printed?: string;
}

/** A step of an agent's, as tools tell it. */
export interface ToldStep {
  readonly name: string;
  readonly status: string;
  /** Whether the plan says how it is undone. */
  readonly undone_by: boolean;
  readonly attempts: number;
  readonly error?: string;
  /** The end of what it printed. */
  readonly printed?: string;
  /** The artifact with all of it. */
  readonly output?: string;
}

/** A transaction as tools tell it. */
export interface TransactionView {
  readonly id: string;
  readonly description: string;
  readonly phase: Phase;
  /** What can be done now. */
  readonly next: string;
  readonly stage: string;
  readonly target: string;
  /** Who opened it. */
  readonly agent: string;
  /** Whether agents may change it. */
  readonly is_ours: boolean;
  readonly approvals: {
    readonly missing: readonly { readonly what: string; readonly command: string }[];
    readonly given: readonly { readonly what: string; readonly by: string; readonly why: string }[];
  };
  readonly steps: readonly ToldStep[];
  readonly failure?: string;
  /** Steps that nothing undid. */
  readonly still_done?: readonly string[];
  readonly attention?: readonly { readonly step: string; readonly reason: string }[];
  readonly validation?: Validation;
  readonly evidence: readonly { readonly name: string; readonly bytes: number }[];
  readonly undoes?: string;
  readonly undone_by?: string;
}

const validation: z.ZodType<Validation> = z.object({
  passed: z.boolean(),
  by: z.string(),
  checks: z.array(
    z.object({
      name: z.string(),
      passed: z.boolean(),
      error: z.exactOptional(z.string()),
      printed: z.exactOptional(z.string()),
    }),
  ),
});

const toldStep: z.ZodType<ToldStep> = z.object({
  name: z.string(),
  status: z.string().describe("pending, running, completed, failed, compensated, …"),
  undone_by: z.boolean().describe("Whether the plan says how it is undone."),
  attempts: z.number(),
  error: z.exactOptional(z.string()),
  printed: z.exactOptional(z.string().describe("The end of what it printed.")),
  output: z.exactOptional(z.string().describe("The artifact with all of it.")),
});

/** A transaction as tools tell it. */
export const TRANSACTION: z.ZodType<TransactionView> = z.object({
  id: z.string(),
  description: z.string(),
  phase: z
    .enum(PHASES)
    .describe(
      "open: no steps; proposed: not started; ran: all steps are done, waits for commit or undo",
    ),
  next: z.string().describe("What can be done now."),
  stage: z.string(),
  target: z.string(),
  agent: z.string().describe("Who opened it."),
  is_ours: z.boolean().describe("Whether agents may change it: it was opened through this server."),
  approvals: z.object({
    missing: z.array(
      z.object({ what: z.string(), command: z.string().describe("What a person types.") }),
    ),
    given: z.array(z.object({ what: z.string(), by: z.string(), why: z.string() })),
  }),
  steps: z.array(toldStep),
  failure: z.exactOptional(z.string().describe("Why it failed or turned back.")),
  still_done: z.exactOptional(z.array(z.string()).describe("Steps that nothing undid.")),
  attention: z.exactOptional(z.array(z.object({ step: z.string(), reason: z.string() }))),
  validation: z.exactOptional(validation),
  evidence: z.array(z.object({ name: z.string(), bytes: z.number() })),
  undoes: z.exactOptional(z.string()),
  undone_by: z.exactOptional(z.string()),
});

/** What a transaction is told from. */
export interface ViewParts {
  readonly status: TransactionStatus;
  /** Absent: it has no steps. */
  readonly saga?: { readonly state: SagaState; readonly view: SagaView } | undefined;
  /** Endpoints whose configuration wants a person's word. */
  readonly endpoints: readonly string[];
  /** What a person allowed, by name. */
  readonly approvals: readonly {
    readonly name: string;
    readonly by: string;
    readonly why: string;
  }[];
  readonly isOurs: boolean;
}

/** Tells a transaction. */
export function transactionView({
  status: { id, state, evidence },
  saga,
  endpoints,
  approvals,
  isOurs,
}: ViewParts): TransactionView {
  const missing =
    saga === undefined ? [] : missingApprovals(id, { saga: saga.state, endpoints, approvals });
  const phase = phaseOf(state.stage, saga);
  const view = saga?.view;
  const failure = failureOf(view) ?? wishOf(saga?.state) ?? state.last_error ?? undefined;
  const validated = validation.safeParse(state["validation"]);
  return {
    id,
    description: state.description,
    phase,
    next: nextOf(phase, {
      isOurs,
      isApproved: missing.length === 0,
      hasSteps: view !== undefined,
      isValid: !validated.success || validated.data.passed,
      id,
    }),
    stage: state.stage,
    target: state.target ?? "@local",
    agent: state.agent,
    is_ours: isOurs,
    approvals: {
      missing: phase === "proposed" ? missing : [],
      given: givenApprovals(saga?.state, approvals),
    },
    steps: saga === undefined ? [] : stepsOf(saga),
    ...(failure === undefined ? {} : { failure }),
    ...(phase === "undone" && view !== undefined ? { still_done: ownNames(view.completed) } : {}),
    ...(view !== undefined && view.attention.length > 0 ? { attention: view.attention } : {}),
    ...(validated.success ? { validation: validated.data } : {}),
    evidence: evidence.map(({ name, bytes }) => ({ name, bytes })),
    ...(view?.undoes === undefined ? {} : { undoes: view.undoes }),
    ...(view?.undoneBy === undefined ? {} : { undone_by: view.undoneBy }),
  };
}

/** The policy under which it was opened for agents: only under that may they change it. */
export function policyOf(state: Readonly<Record<string, unknown>>): string | undefined {
  const file = state[POLICY_FIELD];
  return typeof file === "string" ? file : undefined;
}

/** How far it is. */
export function phaseOf(
  stage: string,
  saga: { readonly state: SagaState; readonly view: SagaView } | undefined,
): Phase {
  if (saga === undefined) {
    if (!isFinal(STANDARD, stage)) return "open";
    return stage === STANDARD.done ? "committed" : "failed";
  }
  const { state, view } = saga;
  switch (view.status) {
    case "committed":
      return "committed";
    case "rolled_back":
      return "undone";
    case "attention":
      return "needs_person";
    case "compensating":
      return "undoing";
    case "running":
    case "waiting":
      break;
  }
  if (state.cancelled !== undefined || state.rejected.size > 0) return "undoing";
  if (!isAgentsSaga(state)) return "running";
  if (!state.signals.has(GATES.start)) return "proposed";
  const isAtEnd = view.waiting.some(({ step }) => step === GATES.commit);
  return isAtEnd && !state.signals.has(GATES.commit) ? "ran" : "running";
}

function isAgentsSaga({ definition }: SagaState): boolean {
  return definition.steps.some(({ name, type }) => name === GATES.start && type === "signal");
}

function missingApprovals(
  id: string,
  { saga, endpoints, approvals }: { saga: SagaState } & Pick<ViewParts, "endpoints" | "approvals">,
): readonly { what: string; command: string }[] {
  const asked = saga.definition.steps.find(({ type }) => type === "approval");
  const isAsked = asked !== undefined && !saga.approved.has(asked.name);
  const symbols = endpoints.filter((symbol) => !approvals.some(({ name }) => name === symbol));
  return [
    ...(isAsked
      ? [{ what: "the plan", command: `ttm saga approve ${shellWord(id)} --why REASON` }]
      : []),
    ...symbols.map((symbol) => ({
      what: symbol,
      command: `ttm approve ${shellWord(symbol)} ${shellWord(id)} --why REASON --confirm ${shellWord(symbol)}`,
    })),
  ];
}

function givenApprovals(
  saga: SagaState | undefined,
  approvals: ViewParts["approvals"],
): TransactionView["approvals"]["given"] {
  const steps = [...(saga?.approved ?? [])].map(([, { by, why }]) => ({
    what: "the plan",
    by,
    why,
  }));
  const symbols = approvals.filter(({ name }) => name.startsWith("@"));
  return [...steps, ...symbols.map(({ name, by, why }) => ({ what: name, by, why }))];
}

function failureOf(view: SagaView | undefined): string | undefined {
  if (view?.failure === undefined) return undefined;
  const { step, error } = view.failure;
  return step === undefined ? error : `${ownName(step)}: ${error}`;
}

/** Who wants it undone, before anybody has begun to. */
function wishOf(saga: SagaState | undefined): string | undefined {
  const [rejected] = saga?.rejected.values() ?? [];
  if (rejected !== undefined) return `rejected by ${rejected.by}: ${rejected.why}`;
  const cancelled = saga?.cancelled;
  return cancelled && `cancelled by ${cancelled.by}: ${cancelled.why}`;
}

function stepsOf({ state, view }: NonNullable<ViewParts["saga"]>): TransactionView["steps"] {
  const byName = new Map(ownStepsOf(state.definition).map((step) => [step.name, step]));
  return view.steps
    .filter(({ step }) => step === CHANGE)
    .flatMap(({ steps }) => steps)
    .map((step) => stepTold(step, byName.get(ownName(step.step)), state));
}

function stepTold(
  { step, status, attempts, error }: StepView,
  node: ActionStep | undefined,
  { steps }: SagaState,
): TransactionView["steps"][number] {
  const result = steps.get(step)?.result;
  const printed = textIn(result, "stdout");
  const output = textIn(result, "stdout_file");
  return {
    name: ownName(step),
    status,
    undone_by: node?.compensate !== undefined,
    attempts,
    ...(error === undefined ? {} : { error }),
    ...(printed === undefined || printed === "" ? {} : { printed }),
    ...(output === undefined ? {} : { output }),
  };
}

function textIn(value: unknown, key: string): string | undefined {
  const found: unknown =
    typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === "string" ? found : undefined;
}

function ownNames(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => path.startsWith(`${CHANGE}/`)).map(ownName);
}

function ownName(path: string): string {
  return path.startsWith(`${CHANGE}/`) ? path.slice(CHANGE.length + 1) : path;
}

function nextOf(
  phase: Phase,
  {
    id,
    isOurs,
    isApproved,
    hasSteps,
    isValid,
  }: {
    readonly id: string;
    readonly isOurs: boolean;
    readonly isApproved: boolean;
    readonly hasSteps: boolean;
    readonly isValid: boolean;
  },
): string {
  if (!isOurs) return "Agents only read it: it was not opened through this server.";
  switch (phase) {
    case "open":
      return "add_evidence, propose_steps; or commit_transaction, fail_transaction";
    case "proposed":
      return isApproved
        ? "run_steps, or cancel_transaction"
        : "wait_for_approval: a person has to type the commands under approvals.missing";
    case "running":
      return "run_steps waits for it; cancel_transaction undoes it";
    case "ran":
      return isValid
        ? "validate_transaction, then commit_transaction or undo_transaction"
        : "undo_transaction; or put it right, and validate_transaction again";
    case "undoing":
      return "undo_transaction goes on with it";
    case "needs_person":
      return `a person has to look after it: ttm show ${shellWord(id)}, ttm saga resolve ${shellWord(id)}`;
    case "committed":
      return hasSteps ? "undo_transaction can undo it" : "nothing: it is over";
    case "undone":
    case "failed":
      return "nothing: it is over; open_transaction begins another";
  }
}
