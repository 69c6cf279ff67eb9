import type { SagaNode } from "./definition.ts";
import { callsUnderWay, type Waiting, waitsOf } from "./next.ts";
import { type ReadResults, resultsOf } from "./results.ts";
import type { SagaRecord } from "./saga-log.ts";
import type { Calls, SagaState, StepState } from "./saga-state.ts";
import { type Place, shapeOf } from "./shape.ts";
import { isDone, isPastPivot, isTurnedBack, mayHaveActed } from "./turning-back.ts";

/** How far a saga is. */
export type SagaStatus =
  | "running"
  /** It waits for a person, a signal, a moment, or to try something again. */
  | "waiting"
  /** It undoes what was done. */
  | "compensating"
  /** It cannot go on without a person. */
  | "attention"
  | "committed"
  /** Everything that was done and could be undone is. */
  | "rolled_back";

/** How far a step is. */
export type StepStatus =
  | "pending"
  | "running"
  | "waiting"
  | "retrying"
  | "completed"
  | "failed"
  | "compensating"
  | "compensated"
  /** It was done, and there is nothing that undoes it. */
  | "kept"
  /** It needs a person. */
  | "attention"
  /** A person has seen to it. */
  | "settled";

/** A step of a saga, or a group of steps, as it stands. */
export interface StepView {
  /** Its path. */
  readonly step: string;
  readonly type: SagaNode["type"];
  readonly status: StepStatus;
  readonly agent?: string;
  readonly action?: string;
  /** What undoes it. */
  readonly compensation?: string;
  readonly pivot?: true;
  /** Attempts begun, of the action or of what undoes it, whichever was last. */
  readonly attempts: number;
  /** How long it took, or takes by now, in milliseconds. */
  readonly durationMs?: number;
  /** When it is tried again, or a wait is over (milliseconds since the epoch). */
  readonly untilMs?: number;
  /** Why the last attempt failed. */
  readonly error?: string;
  readonly progress?: { readonly message: string; readonly fraction?: number };
  /** What a group consists of. */
  readonly steps: readonly StepView[];
}

/** A saga as it stands. */
export interface SagaView {
  /** The transaction's id. */
  readonly id: string;
  readonly name: string;
  readonly status: SagaStatus;
  readonly isDryRun: boolean;
  /** Milliseconds since the epoch. */
  readonly startedMs: number;
  readonly steps: readonly StepView[];
  /** Paths of the steps done and not undone, in the order of the definition. */
  readonly completed: readonly string[];
  /** Paths of the steps that were undone, in the order of the definition. */
  readonly compensated: readonly string[];
  /** Why it turned back, and because of which step. */
  readonly failure?: { readonly step?: string; readonly error: string; readonly reason: string };
  /** What needs a person. */
  readonly attention: readonly { readonly step: string; readonly reason: string }[];
  readonly waiting: readonly Waiting[];
  /** Who asked for it to be cancelled. */
  readonly cancelled?: { readonly by: string; readonly why: string };
  /** Whether there is no way back. */
  readonly isPastPivot: boolean;
  readonly undoes?: string;
  readonly undoneBy?: string;
  /** Results by name of the step; those kept as artifacts are left out. */
  readonly results: Readonly<Record<string, unknown>>;
}

/** A saga as it stands at `nowMs`. */
export function viewOf(
  { transaction, saga }: SagaRecord,
  nowMs: number,
  read?: ReadResults,
): SagaView {
  const { id } = transaction;
  const { definition, failure, cancelled, undoes, undoneBy } = saga;
  const steps = shapeOf(definition).steps.map((place) => stepView(saga, place, nowMs));
  const leaves = steps.flatMap(leavesOf);
  const waiting = waitsOf(saga, { txn: id, nowMs });
  const withStatus = (...wanted: readonly StepStatus[]): readonly string[] =>
    leaves.filter(({ status }) => wanted.includes(status)).map(({ step }) => step);
  return {
    id,
    name: definition.name,
    status: statusOf(saga, waiting),
    isDryRun: saga.isDryRun,
    startedMs: saga.startedMs,
    steps,
    completed: withStatus("completed", "kept", "settled").filter(
      // what a person took as undone is neither
      (step) => saga.steps.get(step)?.undo?.status !== "settled",
    ),
    compensated: withStatus("compensated"),
    ...(failure === undefined ? {} : { failure: failureView(failure) }),
    attention: [...saga.attention].map(([step, reason]) => ({ step, reason })),
    waiting,
    ...(cancelled === undefined ? {} : { cancelled }),
    isPastPivot: isPastPivot(saga),
    ...(undoes === undefined ? {} : { undoes }),
    ...(undoneBy === undefined ? {} : { undoneBy }),
    results: resultsOf(saga, read),
  };
}

function failureView({ step, error, reason }: NonNullable<SagaState["failure"]>): {
  step?: string;
  error: string;
  reason: string;
} {
  return step === undefined ? { error, reason } : { step, error, reason };
}

function statusOf(saga: SagaState, waiting: readonly Waiting[]): SagaStatus {
  if (saga.ended === "done") return "committed";
  if (saga.ended === "failed") return "rolled_back";
  const isOnlyWaiting = waiting.length > 0 && callsUnderWay(saga).size === 0;
  if (saga.attention.size > 0 && isOnlyWaiting) return "attention";
  if (isTurnedBack(saga)) return "compensating";
  return isOnlyWaiting ? "waiting" : "running";
}

function stepView(saga: SagaState, place: Place, nowMs: number): StepView {
  const { path, node } = place;
  const steps = place.steps.map((inner) => stepView(saga, inner, nowMs));
  const state = saga.steps.get(path);
  const calls = state?.undo ?? state;
  const status = steps.length === 0 ? stepStatus(saga, place) : groupStatus(steps);
  const untilMs = status === "waiting" ? saga.timers.get(path) : retryAtOf(status, state);
  return {
    step: path,
    type: node.type,
    status,
    ...(node.type === "step" ? actionView(node) : {}),
    attempts: calls?.attempts ?? 0,
    ...durationOf(calls, state?.undo === undefined ? (saga.failure?.atMs ?? nowMs) : nowMs),
    ...(untilMs === undefined ? {} : { untilMs }),
    ...(calls?.error === undefined ? {} : { error: calls.error }),
    ...(state?.progress === undefined ? {} : { progress: state.progress }),
    steps,
  };
}

function actionView(
  node: Extract<SagaNode, { type: "step" }>,
): Pick<StepView, "agent" | "action" | "compensation" | "pivot"> {
  const { agent, action, compensate, pivot } = node;
  return {
    action,
    ...(agent === undefined ? {} : { agent }),
    ...(compensate === undefined ? {} : { compensation: compensate.action }),
    ...(pivot === true ? { pivot } : {}),
  };
}

function retryAtOf(status: StepStatus, state: StepState | undefined): number | undefined {
  if (status === "retrying") return state?.retryAtMs;
  return status === "compensating" ? state?.undo?.retryAtMs : undefined;
}

function durationOf(calls: Calls | undefined, nowMs: number): Pick<StepView, "durationMs"> {
  if (calls === undefined) return {};
  const endMs = calls.status === "running" ? nowMs : (calls.endedMs ?? nowMs);
  return { durationMs: Math.max(0, endMs - calls.startedMs) };
}

function stepStatus(saga: SagaState, { path, node }: Place): StepStatus {
  const step = saga.steps.get(path);
  if (saga.attention.has(path)) return "attention";
  if (isTurnedBack(saga) && node.type !== "step" && !isDone(step)) {
    return saga.failure?.step === path ? "failed" : "pending";
  }
  if (step === undefined) return saga.timers.has(path) ? "waiting" : "pending";
  if (step.undo !== undefined) return undoStatus(step.undo);
  if (isTurnedBack(saga) && node.type === "step") return afterTurningBack(saga, node, step);
  if (step.status === "running" && node.type !== "step") return "waiting";
  return step.status;
}

function undoStatus({ status }: Calls): StepStatus {
  if (status === "completed") return "compensated";
  return status === "settled" ? "settled" : "compensating";
}

function afterTurningBack(
  saga: SagaState,
  node: Extract<SagaNode, { type: "step" }>,
  step: StepState,
): StepStatus {
  if (node.compensate === undefined) return isDone(step) ? "kept" : "failed";
  if (isDone(step) || mayHaveActed(step)) return saga.ended === undefined ? "compensating" : "kept";
  return "failed";
}

function groupStatus(steps: readonly StepView[]): StepStatus {
  const statuses = steps.map(({ status }) => status);
  const order: readonly StepStatus[] = [
    "attention",
    "failed",
    "compensating",
    "running",
    "retrying",
    "waiting",
    "compensated",
  ];
  const first = order.find((status) => statuses.includes(status));
  if (first !== undefined) return first;
  if (statuses.every((status) => status === "pending")) return "pending";
  return statuses.includes("pending") ? "running" : "completed";
}

function leavesOf(step: StepView): readonly StepView[] {
  return step.steps.length === 0 ? [step] : step.steps.flatMap(leavesOf);
}
