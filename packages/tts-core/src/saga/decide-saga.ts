import { TetraError } from "@tetra/errors";
import { newEvent, type NewEvent } from "../transaction/event.ts";
import type { SagaErrorCode } from "./errors.ts";
import type { SagaRecord } from "./saga-log.ts";
import type { SagaState, Word } from "./saga-state.ts";
import { shapeOf } from "./shape.ts";
import { canTurnBack, isDone, isPastPivot, isTurnedBack } from "./turning-back.ts";

/** What somebody outside wants of a saga. */
export type SagaCommand =
  | ({ readonly type: "cancel" } & Word)
  /** Without a step, the only approval that is waited for is meant. */
  | ({ readonly type: "approve" | "reject"; readonly step?: string } & Word)
  | {
      readonly type: "signal";
      readonly step: string;
      readonly value?: unknown;
      readonly by: string;
    }
  /** A person looked after what needs attention: `retry` it, or take it as `settled`. */
  | ({
      readonly type: "resolve";
      /** Default: everything that needs attention. */
      readonly steps?: readonly string[];
      readonly how: "retry" | "settled";
    } & Word);

/**
 * Decides what a word from outside would write to the log; changes nothing.
 * @throws TetraError `NOT_WAITING` when the saga has ended, or does not wait for that; `PAST_PIVOT` when
 *   it is to be cancelled, or something refused, and it goes forward only.
 */
export function decideSaga(
  record: SagaRecord,
  command: SagaCommand,
  atMs: number,
): readonly NewEvent[] {
  const { saga, transaction } = record;
  const { id } = transaction;
  if (saga.ended !== undefined) {
    throw notWaiting(id, `it has ended (${transaction.state.stage})`, "start a new saga");
  }
  switch (command.type) {
    case "cancel":
      return cancel(id, saga, newEvent("cancel_requested", atMs, wordOf(command)));
    case "approve":
    case "reject": {
      refuseTurnedBack(id, saga);
      if (command.type === "reject" && isPastPivot(saga)) throw pastPivot(id);
      const name = approvalStep(id, saga, command.step);
      const event = command.type === "approve" ? "approval_approved" : "approval_rejected";
      return [newEvent(event, atMs, { name, ...wordOf(command) })];
    }
    case "signal": {
      const { step, value, by } = command;
      refuseTurnedBack(id, saga);
      const isExpected = shapeOf(saga.definition).places.get(step)?.node.type === "signal";
      if (!isExpected || isDone(saga.steps.get(step))) {
        throw notWaiting(id, `it does not wait for the signal ${step}`, signalsOf(saga));
      }
      const signal = { name: step, by, ...(value === undefined ? {} : { value: plain(value) }) };
      return [newEvent("signal_received", atMs, signal)];
    }
    case "resolve": {
      const { how, steps = [...saga.attention.keys()] } = command;
      const stranger = steps.find((step) => !saga.attention.has(step));
      if (steps.length === 0 || stranger !== undefined) {
        const what = stranger === undefined ? "nothing" : `not ${stranger}`;
        throw notWaiting(id, `${what} needs attention`, "look at it to see what it waits for");
      }
      return [newEvent("attention_resolved", atMs, { steps, how, ...wordOf(command) })];
    }
  }
}

function cancel(id: string, saga: SagaState, event: NewEvent): readonly NewEvent[] {
  if (isPastPivot(saga)) throw pastPivot(id);
  // while the pivot may have acted the wish is kept, and counts should the pivot fail
  if (isTurnedBack(saga) && canTurnBack(saga)) return [];
  return saga.cancelled === undefined ? [event] : [];
}

function refuseTurnedBack(id: string, saga: SagaState): void {
  if (!isTurnedBack(saga)) return;
  throw notWaiting(id, "it is being undone and waits for nothing", "wait until it has ended");
}

function pastPivot(id: string): TetraError<SagaErrorCode> {
  return new TetraError("PAST_PIVOT", `${id}: it is past its pivot`, {
    hint: "let it go forward; undo it by hand afterwards, if at all",
    details: { id },
  });
}

function approvalStep(id: string, saga: SagaState, step: string | undefined): string {
  const open = [...shapeOf(saga.definition).places.values()]
    .filter(({ node, path }) => node.type === "approval" && !isAnswered(saga, path))
    .map(({ path }) => path);
  const asked = open.filter((path) => saga.steps.has(path));
  if (step !== undefined && open.includes(step)) return step;
  const [only] = asked;
  if (step === undefined && only !== undefined && asked.length === 1) return only;
  if (step === undefined && asked.length > 1) {
    throw notWaiting(id, "it waits for several approvals", `name one of ${asked.join(", ")}`);
  }
  const what = step === undefined ? "an approval" : `the approval ${step}`;
  const hint = open.length === 0 ? "it has no approval to give" : `name one of ${open.join(", ")}`;
  throw notWaiting(id, `it does not wait for ${what}`, hint);
}

/** The first word counts; but a refusal that came too late to turn back cannot keep it waiting for ever. */
function isAnswered(saga: SagaState, path: string): boolean {
  const isRefused = saga.rejected.has(path) && !isPastPivot(saga);
  return isRefused || saga.approved.has(path) || isDone(saga.steps.get(path));
}

function signalsOf({ definition }: SagaState): string {
  const signals = [...shapeOf(definition).places.values()]
    .filter(({ node }) => node.type === "signal")
    .map(({ path }) => path);
  return signals.length === 0 ? "it waits for no signal" : `name one of ${signals.join(", ")}`;
}

function notWaiting(id: string, what: string, hint: string): TetraError<SagaErrorCode> {
  return new TetraError("NOT_WAITING", `${id}: ${what}`, { hint, details: { id } });
}

/** As a reader of the log will see it. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value) ?? "null");
}

function wordOf({ by, why }: Word): { by: string; why: string } {
  return { by, why };
}
