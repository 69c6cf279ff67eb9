import { TetraError } from "@tetra/errors";
import type { TtsErrorCode } from "../errors.ts";
import { newEvent, type NewEvent } from "./event.ts";
import { isAnotherIteration, isFinal, nextStages, type StageMachine, stagesOf } from "./stage.ts";
import type { Transaction } from "./transaction.ts";

/** What somebody wants of a transaction. `atMs` is when (milliseconds since the epoch). */
export type Command =
  | { readonly type: "transition"; readonly to: string; readonly atMs: number }
  | { readonly type: "commit"; readonly atMs: number }
  | { readonly type: "fail"; readonly error: string; readonly atMs: number }
  | {
      readonly type: "update";
      /** Fields of the state to set. */
      readonly changes: Readonly<Record<string, unknown>>;
      readonly atMs: number;
    }
  | { readonly type: "resolve"; readonly plan: string; readonly atMs: number }
  | {
      readonly type: "add-evidence";
      readonly file: string;
      readonly source: string;
      readonly digest: string;
      readonly bytes: number;
      readonly atMs: number;
    }
  | {
      readonly type: "approve";
      /** What may be changed, such as `@prod`. */
      readonly name: string;
      readonly by: string;
      readonly why: string;
      readonly atMs: number;
    }
  | { readonly type: "take-lease"; readonly runner: string; readonly atMs: number };

/** What a new transaction begins with. */
export interface Beginning {
  readonly description: string;
  readonly target: string;
  readonly agent: string;
  readonly atMs: number;
}

/**
 * Decides the first event of a transaction.
 * @throws TetraError `INVALID_INPUT` when the description is empty.
 */
export function begin(
  id: string,
  beginning: Beginning,
  machine: StageMachine,
): readonly NewEvent[] {
  const { description, target, agent, atMs } = beginning;
  if (description.trim() === "") {
    throw new TetraError<TtsErrorCode>("INVALID_INPUT", "a transaction needs a description", {
      hint: "say in a few words what it is going to change",
    });
  }
  const [stage = ""] = machine.working;
  return [newEvent("txn_start", atMs, { txn_id: id, description, target, agent, stage })];
}

/**
 * Decides what a command would write to the log; changes nothing.
 * @throws TetraError `INVALID_STAGE` when the stages do not allow the move, `UNKNOWN_STAGE` when the
 *   module has not declared it, `INVALID_INPUT` when a field may not be set, `NO_TARGET` when there is
 *   nothing to resolve.
 */
export function decide(
  tx: Transaction,
  command: Command,
  machine: StageMachine,
): readonly NewEvent[] {
  const { atMs } = command;
  switch (command.type) {
    case "transition":
      return [move(tx, command.to, { atMs, machine })];
    case "commit": {
      const moved = move(tx, machine.done, { atMs, machine });
      const duration_ms = Math.max(0, atMs - (tx.startedMs ?? atMs));
      return [newEvent("txn_commit", atMs, { duration_ms }), moved];
    }
    case "fail": {
      const moved = move(tx, machine.fail, { atMs, machine });
      return [newEvent("txn_fail", atMs, { error: command.error }), moved];
    }
    case "update":
      return [newEvent("txn_update", atMs, { changes: checkChanges(tx, command.changes) })];
    case "resolve":
      return [newEvent("tes_resolved", atMs, { target: targetOf(tx), plan: command.plan })];
    case "add-evidence": {
      const { file, source, digest, bytes } = command;
      return [newEvent("evidence_added", atMs, { file, source, digest, bytes })];
    }
    case "approve": {
      const { name, by, why } = command;
      refuseEnded(tx, machine);
      return [newEvent("approval_approved", atMs, { name, by, why })];
    }
    case "take-lease":
      return [newEvent("lease_taken", atMs, { fence: tx.fence + 1, runner: command.runner })];
  }
}

/**
 * The target that is to be resolved.
 * @throws TetraError `NO_TARGET`
 */
export function targetOf(tx: Transaction): string {
  const { target, stage } = tx.state;
  if (target !== null && target !== "") return target;
  throw new TetraError<TtsErrorCode>("NO_TARGET", `${tx.id} (${stage}): no target defined`, {
    hint: `set one by updating the field "target", for example to "@local"`,
    details: { id: tx.id, stage },
  });
}

/** An approval lasts as long as its transaction is open, so one that has ended can give none. */
function refuseEnded(tx: Transaction, machine: StageMachine): void {
  const { stage } = tx.state;
  if (!isFinal(machine, stage)) return;
  throw new TetraError<TtsErrorCode>(
    "INVALID_STAGE",
    `${tx.id} (${stage}): has ended and can approve nothing`,
    { hint: "create a transaction, and approve in that one", details: { id: tx.id, stage } },
  );
}

function move(
  tx: Transaction,
  to: string,
  { atMs, machine }: { atMs: number; machine: StageMachine },
): NewEvent {
  const from = tx.state.stage;
  const details = { id: tx.id, from, to };
  const known = stagesOf(machine);
  if (!known.includes(to)) {
    throw new TetraError<TtsErrorCode>(
      "UNKNOWN_STAGE",
      `${tx.id} (${from}): there is no stage ${JSON.stringify(to)}`,
      { hint: `use one of ${known.join(", ")}`, details },
    );
  }
  const allowed = nextStages(machine, from);
  if (!allowed.includes(to)) {
    throw new TetraError<TtsErrorCode>(
      "INVALID_STAGE",
      `${tx.id}: cannot go from ${from} to ${to}`,
      {
        hint: isFinal(machine, from)
          ? `${from} is final: create a new transaction`
          : `try ${allowed.join(" or ")}`,
        details,
      },
    );
  }
  return newEvent("stage_transition", atMs, {
    from,
    to,
    ...(isAnotherIteration(machine, from, to) ? { iteration: tx.state.iteration + 1 } : {}),
  });
}

interface FieldRule {
  readonly is: (value: unknown) => boolean;
  readonly what: string;
}

const TEXT: FieldRule = { is: (value) => typeof value === "string", what: "text" };
const TEXT_OR_NULL: FieldRule = {
  is: (value) => value === null || typeof value === "string",
  what: "text or null",
};

/** What the fields of the standard must be; other fields may be any JSON. */
const FIELD_RULES: ReadonlyMap<string, FieldRule> = new Map([
  ["description", TEXT],
  ["target", TEXT],
  ["agent", TEXT],
  ["iteration", { is: Number.isSafeInteger, what: "a whole number" }],
  ["ctx_digest", TEXT_OR_NULL],
  ["last_error", TEXT_OR_NULL],
  ["tes_plan", TEXT],
  ["last_checkpoint", TEXT],
]);

const NOT_BY_UPDATE: ReadonlyMap<string, string> = new Map([
  ["txn_id", "the id never changes"],
  ["stage", "move with a transition"],
  ["revision", "the store counts it"],
]);

function checkChanges(
  tx: Transaction,
  changes: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const refuse = (message: string, options: { hint: string; cause?: unknown }): never => {
    throw new TetraError<TtsErrorCode>(
      "INVALID_INPUT",
      `${tx.id} (${tx.state.stage}): ${message}`,
      { ...options, details: { id: tx.id, stage: tx.state.stage } },
    );
  };
  for (const [key, value] of Object.entries(changes)) {
    const why = NOT_BY_UPDATE.get(key);
    if (why !== undefined) refuse(`the field "${key}" cannot be updated`, { hint: why });
    const rule = FIELD_RULES.get(key);
    if (rule !== undefined && !rule.is(value)) {
      refuse(`the field "${key}" must be ${rule.what}`, { hint: `give ${rule.what}` });
    }
  }
  try {
    // as a reader of the log will see them, so that the writer's own fold is no different
    return JSON.parse(JSON.stringify(changes));
  } catch (cause) {
    return refuse("a field holds what JSON cannot say", { hint: "give JSON values", cause });
  }
}
