import { TetraError } from "@tetra/errors";
import {
  begin,
  isFinal,
  newEvent,
  type NewEvent,
  STANDARD,
  type Transaction,
  type TtsErrorCode,
} from "@tetra/tts-core";
import { flowFields, NEW_FLOW } from "./flow-state.ts";
import { isAnotherRound, storedStage } from "./rag-stage.ts";

// Every function here gives the events of one append: a crash leaves all of them or none.

/** What a flow is when something is decided about it. */
export interface Flow {
  readonly transaction: Transaction;
  /** Its stage by RAG's name, see `ragStageOf`. */
  readonly ragStage: string;
}

/** A request for a new flow. */
export interface NewFlow {
  readonly description: string;
  /** Who carries it out. Default `base`. */
  readonly agent?: string;
}

/** How a flow ends. */
export interface Completion {
  /** Default `success`. */
  readonly outcome?: string;
  /** Appended to those that are there. */
  readonly lessons?: readonly string[];
  readonly artifacts?: readonly string[];
  readonly tags?: readonly string[];
  /** Minutes; replaces what is there when it is more than 0. */
  readonly effortMinutes?: number;
}

/**
 * The first events of a flow.
 * @throws TetraError `INVALID_INPUT` when the description is empty.
 */
export function beginFlow(
  id: string,
  { description, agent = "base" }: NewFlow,
  atMs: number,
): readonly NewEvent[] {
  return [
    ...begin(id, { description, target: "@local", agent, atMs }, STANDARD),
    newEvent("txn_update", atMs, { changes: { ...NEW_FLOW } }),
  ];
}

/**
 * A move: `rag_stage`, then the standard's `stage_transition` between stored stages.
 * @throws TetraError `INVALID_STAGE` when the flow has ended, `INVALID_INPUT` without a stage.
 */
export function moveFlow(flow: Flow, ragStage: string, atMs: number): readonly NewEvent[] {
  const { id, state } = flow.transaction;
  const from = state.stage;
  const to = storedStage(ragStage);
  const details = { id, from, to: ragStage };
  if (to.trim() === "") {
    throw new TetraError<TtsErrorCode>("INVALID_INPUT", `${id} (${from}): a stage needs a name`, {
      hint: "name a stage, such as SELECT",
      details,
    });
  }
  if (isFinal(STANDARD, from)) {
    throw new TetraError<TtsErrorCode>(
      "INVALID_STAGE",
      `${id}: cannot go from ${from} to ${ragStage}`,
      { hint: `${from} is final: create a new flow`, details },
    );
  }
  const round = isAnotherRound(flow.ragStage, ragStage) ? { iteration: state.iteration + 1 } : {};
  return [
    newEvent("rag_stage", atMs, { rag_stage: ragStage, ttm_stage: to }),
    newEvent("stage_transition", atMs, { from, to, ...round }),
  ];
}

/**
 * A checkpoint, and the move to its stage.
 * @throws TetraError `INVALID_STAGE`, `INVALID_INPUT` as `moveFlow` does.
 */
export function checkpointFlow(
  flow: Flow,
  { stage, metadata }: { readonly stage: string; readonly metadata: Record<string, unknown> },
  atMs: number,
): readonly NewEvent[] {
  const moved = moveFlow(flow, stage, atMs);
  return [newEvent("checkpoint", atMs, { stage, metadata }), ...moved];
}

/**
 * The end of a flow: its fields, `flow_complete`, and the move to `DONE`, which one that is there already
 * does not make again.
 * @throws TetraError `INVALID_STAGE` when it has failed, `INVALID_INPUT` when the effort is no whole number
 *   of minutes.
 */
export function completeFlow(
  flow: Flow,
  completion: Completion,
  atMs: number,
): readonly NewEvent[] {
  const { id, state } = flow.transaction;
  const { effortMinutes = 0 } = completion;
  if (!Number.isSafeInteger(effortMinutes) || effortMinutes < 0) {
    throw new TetraError<TtsErrorCode>(
      "INVALID_INPUT",
      `${id}: ${String(effortMinutes)} is no effort`,
      { hint: "give the effort as whole minutes", details: { id } },
    );
  }
  const before = flowFields(state);
  const outcome = completion.outcome ?? before.outcome ?? "success";
  const changes = {
    outcome,
    ...grown("lessons", before.lessons, completion.lessons),
    ...grown("artifacts", before.artifacts, completion.artifacts),
    ...grown("tags", before.tags, completion.tags),
    ...(effortMinutes > 0 ? { effort_minutes: effortMinutes } : {}),
  };
  return [
    newEvent("txn_update", atMs, { changes }),
    newEvent("flow_complete", atMs, { outcome, effort: effortMinutes }),
    ...(state.stage === STANDARD.done ? [] : moveFlow(flow, STANDARD.done, atMs)),
  ];
}

/**
 * Tags, appended to those that are there.
 * @throws TetraError `INVALID_INPUT` without a tag.
 */
export function tagFlow(flow: Flow, tags: readonly string[], atMs: number): readonly NewEvent[] {
  if (tags.length === 0 || tags.some((tag) => tag.trim() === "")) {
    throw new TetraError<TtsErrorCode>("INVALID_INPUT", `${flow.transaction.id}: a tag is empty`, {
      hint: "give tags such as auth or refactor",
    });
  }
  const { tags: before } = flowFields(flow.transaction.state);
  return [newEvent("txn_update", atMs, { changes: { tags: [...before, ...tags] } })];
}

function grown(
  field: string,
  before: readonly string[],
  added: readonly string[] = [],
): Readonly<Record<string, readonly string[]>> {
  return added.length === 0 ? {} : { [field]: [...before, ...added] };
}
