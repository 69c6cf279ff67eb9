import { begin } from "../transaction/decide.ts";
import { newEvent, type NewEvent } from "../transaction/event.ts";
import { STANDARD } from "../transaction/stage.ts";
import { checkReady } from "./check-definition.ts";
import type { SagaDefinition } from "./definition.ts";
import { digestOf } from "./definition-digest.ts";
import type { Json } from "./json.ts";
import type { CompletedStep } from "./saga-event.ts";

/** How a saga is recorded. */
export interface DefineOptions {
  /** What its steps may refer to as `$input`. Default: what the definition has. */
  readonly input?: Json;
  /** Call nothing: record the sequence, that is all. */
  readonly dryRun?: boolean;
}

/** How a saga is started. */
export interface StartOptions extends DefineOptions {
  /** What the transaction is called. Default: the saga's name. */
  readonly description?: string;
  /** Default `@local`. */
  readonly target?: string;
  /** Who carries it out. Default `human`. */
  readonly agent?: string;
}

/** The definition with its input, ready to be started. @throws TetraError `INVALID_SAGA` */
export function definitionWith(wanted: SagaDefinition, input: Json | undefined): SagaDefinition {
  return checkReady(input === undefined ? wanted : { ...wanted, input });
}

/** What the transaction of a saga is called. */
export function descriptionOf(
  { name }: SagaDefinition,
  { description = name }: StartOptions,
): string {
  return description;
}

/** What a saga begins with. */
export interface Beginning {
  readonly definition: SagaDefinition;
  readonly options: StartOptions;
  readonly atMs: number;
  readonly undo?:
    | { readonly txn: string; readonly completed: readonly CompletedStep[] }
    | undefined;
}

/** The events that a saga's transaction begins with. */
export function beginning(
  id: string,
  { definition, options, atMs, undo }: Beginning,
): readonly NewEvent[] {
  const { target = "@local", agent = "human" } = options;
  const description = descriptionOf(definition, options);
  const start = begin(id, { description, target, agent, atMs }, STANDARD);
  const [from = ""] = STANDARD.working;
  const linked = undo === undefined ? [] : [newEvent("undo_of", atMs, { txn: undo.txn })];
  return [...start, ...linked, ...defining(definition, { options, atMs, from, undo })];
}

/** The events that make a transaction a saga. */
export function defining(
  definition: SagaDefinition,
  {
    options: { dryRun },
    atMs,
    from,
    undo,
  }: Pick<Beginning, "options" | "atMs" | "undo"> & { readonly from: string },
): readonly NewEvent[] {
  const defined = newEvent("saga_defined", atMs, {
    name: definition.name,
    digest: digestOf(definition),
    definition,
    ...(dryRun === true ? { dry_run: true } : {}),
    ...(undo === undefined ? {} : { undo }),
  });
  const move = { from, to: "EXECUTE" };
  return from === move.to ? [defined] : [defined, newEvent("stage_transition", atMs, move)];
}
