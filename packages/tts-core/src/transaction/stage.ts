import { TetraError } from "@tetra/errors";
import type { TtsErrorCode } from "../errors.ts";

/** The lifecycle of the standard, in order; `FAIL` can follow every stage before `DONE`. */
export const STAGES = ["NEW", "SELECT", "ASSEMBLE", "EXECUTE", "VALIDATE", "DONE", "FAIL"] as const;

/**
 * The stages a module works with.
 *
 * `working` is their order. Moving to any working stage is legal from any other unless `next` narrows
 * it; moving back to an earlier one starts another iteration. The two final stages are never left.
 */
export interface StageMachine {
  /** Working stages in order; the first is where a transaction begins. At least one. */
  readonly working: readonly string[];
  /** Where a commit ends. */
  readonly done: string;
  /** Where a failure ends; reachable from every working stage. */
  readonly fail: string;
  /** Allowed moves by stage. A working stage that is not listed may move anywhere. */
  readonly next?: Readonly<Record<string, readonly string[]>>;
}

/** The stages of the Tetra Transaction Standard 1.0. */
export const STANDARD: StageMachine = {
  working: ["NEW", "SELECT", "ASSEMBLE", "EXECUTE", "VALIDATE"],
  done: "DONE",
  fail: "FAIL",
};

const STAGE_NAME = /^[A-Z][A-Z0-9_]{0,31}$/;

/**
 * Checks a module's declaration of its own stages and returns it.
 * @throws TetraError `INVALID_INPUT` naming the stage that is malformed, repeated or unknown.
 */
export function defineStages(machine: StageMachine): StageMachine {
  const all = stagesOf(machine);
  const refuse = (what: string): never => {
    throw new TetraError<TtsErrorCode>("INVALID_INPUT", `stages: ${what}`, {
      hint: "declare each stage once, in capitals, with at least one working stage",
    });
  };
  if (machine.working.length === 0) refuse("no working stage is declared");
  for (const [at, stage] of all.entries()) {
    if (!STAGE_NAME.test(stage)) refuse(`"${stage}" is not a stage name`);
    if (all.indexOf(stage) !== at) refuse(`"${stage}" is declared twice`);
  }
  for (const [from, targets] of Object.entries(machine.next ?? {})) {
    const strange = [from, ...targets].find((stage) => !all.includes(stage));
    if (strange !== undefined) refuse(`"${strange}" has moves but is not declared`);
    if (isFinal(machine, from) && targets.length > 0) refuse(`"${from}" is final and has no moves`);
  }
  return machine;
}

/** Every stage of the machine, working ones first. */
export function stagesOf(machine: StageMachine): readonly string[] {
  return [...machine.working, machine.done, machine.fail];
}

/** Whether a transaction in this stage has ended. */
export function isFinal(machine: StageMachine, stage: string): boolean {
  return stage === machine.done || stage === machine.fail;
}

/**
 * Where a transaction may go from `from`. A stage that the machine does not know (a foreign writer's)
 * may go anywhere, so that nothing is stuck.
 */
export function nextStages(machine: StageMachine, from: string): readonly string[] {
  if (isFinal(machine, from)) return [];
  const all = stagesOf(machine);
  // only a machine's own stages: a foreign one may be called `constructor`
  const listed = all.includes(from) ? machine.next?.[from] : undefined;
  return listed === undefined
    ? all
    : all.filter((to) => to === machine.fail || listed.includes(to));
}

/** Whether moving between these two goes back to an earlier working stage. */
export function isAnotherIteration(machine: StageMachine, from: string, to: string): boolean {
  const target = machine.working.indexOf(to);
  return target !== -1 && target < machine.working.indexOf(from);
}
