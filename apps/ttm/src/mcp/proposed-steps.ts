import type {
  ActionStep,
  Compensation,
  Json,
  SagaDefinition,
  SagaNode,
} from "@tetra/tts-core/saga";
import { SHELL_ACTION } from "@tetra/tts-core/saga";
import * as z from "zod";
import { agentOfStep } from "../agent-policy/agent-step.ts";

// A proposal becomes a saga in which the agent's own steps stand between gates: a person's approval where
// one is needed, the word to start, and at the end the word to commit. Before and behind a gate it waits,
// also when its server has died, and whoever carries it on meanwhile stops there.

/** The steps around those of the agent. */
export const GATES = { approval: "approval", start: "start", commit: "commit" } as const;
/** What holds the agent's own steps. */
export const CHANGE = "change";

/** One argument: taken as it is, or what an earlier step printed. */
export type ProposedArgument = string | { readonly result_of: string };

/** A command as an agent proposes it: `run`, or where shells are allowed, `shell`. */
export interface ProposedCommand {
  readonly run?: readonly ProposedArgument[];
  readonly shell?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | { readonly secret: string }>>;
  readonly timeout_seconds?: number;
}

/** A step as an agent proposes it. */
export interface ProposedStep extends ProposedCommand {
  readonly name: string;
  /** The endpoint. Default: the transaction's target. */
  readonly on?: string;
  readonly attempts?: number;
  readonly undo?: ProposedCommand;
}

const stepName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/u)
  .describe("1 to 64 of A-Z a-z 0-9 _ . -");

const argument = z
  .union([
    z.string().max(65_536),
    z.strictObject({
      result_of: stepName.describe("An earlier step: what it printed, without space at its ends."),
    }),
  ])
  .describe("One argument, taken as it is: nothing in it is interpreted by a shell.");

const secret = z.strictObject({
  secret: z.string().max(4096).describe("env:NAME or file:/PATH; read when it runs."),
});

const command = {
  run: z.exactOptional(
    z.array(argument).min(1).max(256).describe("The program and its arguments."),
  ),
  shell: z.exactOptional(
    z
      .string()
      .min(1)
      .max(65_536)
      .describe("Instead of run: text for sh -c. Only where the policy allows shells."),
  ),
  cwd: z.exactOptional(z.string().min(1).max(4096).describe("The folder it runs in.")),
  env: z.exactOptional(
    z
      .record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/u),
        z.union([z.string().max(65_536), secret]),
      )
      .describe("Environment variables that the policy lets steps set."),
  ),
  timeout_seconds: z.exactOptional(z.number().int().min(1).max(1_000_000)),
} as const;

const symbol = z.string().regex(/^@\S{1,200}$/u);
const oneOfBoth = { error: "give either run or shell" };

function hasOneCommand({ run, shell }: ProposedCommand): boolean {
  return (run === undefined) !== (shell === undefined);
}

/** A step as an agent proposes it. */
export const STEP: z.ZodType<ProposedStep> = z
  .strictObject({
    name: stepName,
    ...command,
    on: z.exactOptional(
      symbol.describe("The endpoint it runs on. Default: the transaction's target."),
    ),
    attempts: z.exactOptional(
      z.number().int().min(1).max(20).describe("How often it is tried. Default 1."),
    ),
    undo: z.exactOptional(
      z
        .strictObject(command)
        .refine(hasOneCommand, oneOfBoth)
        .describe(
          "What undoes it. It may be called more than once, and after a step that did only half.",
        ),
    ),
  })
  .refine(hasOneCommand, oneOfBoth);

/** A check as an agent asks for it. */
export interface ProposedCheck extends ProposedCommand {
  readonly name: string;
  readonly on?: string;
}

/** A check as an agent asks for it. */
export const CHECK: z.ZodType<ProposedCheck> = z
  .strictObject({ name: stepName, ...command, on: z.exactOptional(symbol) })
  .refine(hasOneCommand, oneOfBoth);

/** What a proposal is made of besides its steps. */
export interface ProposalParts {
  readonly name: string;
  readonly agent: string;
  readonly steps: readonly ProposedStep[];
  /** What all of it may take, in seconds, waits not counted. */
  readonly seconds: number;
  /** What a person is asked; absent: nobody has to be. */
  readonly approval?: string | undefined;
  /** After this many seconds without the word to commit, what was done is undone. */
  readonly commitWithin?: number | undefined;
}

/** The saga that a proposal is recorded as. */
export function sagaOfProposal(parts: ProposalParts): SagaDefinition {
  const { name, approval, seconds, commitWithin } = parts;
  const asked: readonly SagaNode[] =
    approval === undefined ? [] : [{ type: "approval", name: GATES.approval, message: approval }];
  return {
    name,
    steps: [
      ...asked,
      { type: "signal", name: GATES.start },
      { type: "saga", name: CHANGE, steps: ownSteps(parts), timeoutMs: seconds * 1000 },
      {
        type: "signal",
        name: GATES.commit,
        ...(commitWithin === undefined ? {} : { timeoutMs: commitWithin * 1000 }),
      },
    ],
  };
}

/** The agent's own steps of a saga that {@link sagaOfProposal} made; nothing of another one. */
export function ownStepsOf({ steps }: SagaDefinition): readonly ActionStep[] {
  const change = steps.find((node) => node.type === "saga" && node.name === CHANGE);
  if (change === undefined || !("steps" in change)) return [];
  return change.steps.flatMap((node) => (node.type === "step" ? [node] : []));
}

/** The same as their agent wrote them: for people, and for plans in words. */
export function shownStepsOf(definition: SagaDefinition): readonly ActionStep[] {
  return ownStepsOf(definition).map(shownStep);
}

function shownStep({ agent: _agent, data, compensate, ...step }: ActionStep): ActionStep {
  return {
    ...step,
    ...(data === undefined ? {} : { data: withoutPath(data) }),
    ...(compensate?.data === undefined
      ? {}
      : { compensate: { ...compensate, data: withoutPath(compensate.data) } }),
  };
}

/** Refers to steps by their names alone. */
function withoutPath(data: Json): Json {
  return JSON.parse(JSON.stringify(data), (key, value: unknown) =>
    key === "$result" && Array.isArray(value) && value[0] === CHANGE ? value.slice(1) : value,
  );
}

function ownSteps({ steps, agent }: Pick<ProposalParts, "steps" | "agent">): readonly ActionStep[] {
  return steps.map(({ name, undo, attempts, ...asked }) => ({
    type: "step",
    name,
    agent: agentOfStep(agent),
    ...callOf(asked),
    ...(attempts === undefined ? {} : { retry: { maxAttempts: attempts } }),
    ...(undo === undefined ? {} : { compensate: callOf({ ...undo, on: asked.on }) }),
  }));
}

/** The call that carries a command out. */
export function callOf({
  run,
  shell,
  cwd,
  env = {},
  on,
  timeout_seconds: seconds,
}: ProposedCommand & { readonly on?: string | undefined }): Compensation {
  const variables = Object.entries(env).map(([key, value]): [string, Json] => [
    key,
    typeof value === "string" ? value : { $secret: value.secret },
  ]);
  const data: Json = {
    run: run?.map(argumentOf) ?? shell ?? [],
    ...(variables.length === 0 ? {} : { env: Object.fromEntries(variables) }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(on === undefined ? {} : { on }),
  };
  return {
    action: SHELL_ACTION,
    data,
    ...(seconds === undefined ? {} : { timeoutMs: seconds * 1000 }),
  };
}

function argumentOf(word: ProposedArgument): Json {
  return typeof word === "string" ? word : { $result: [CHANGE, word.result_of, "stdout"] };
}
