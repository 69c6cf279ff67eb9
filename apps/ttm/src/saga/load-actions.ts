import { TetraError } from "@tetra/errors";
import {
  type ActionRegistry,
  actionRegistry,
  checkDefinition,
  type SagaDefinition,
} from "@tetra/tts-core/saga";
import type { TtmErrorCode } from "../errors.ts";
import { definitionOf } from "./exported-saga.ts";
import { loadModule } from "./load-module.ts";

/** What a module of actions brings. */
export interface LoadedActions {
  readonly actions?: ActionRegistry | undefined;
  /** The sagas as the module has them now, by name. */
  readonly sagas: ReadonlyMap<string, SagaDefinition>;
}

/** Loads `--actions`; without it there is nothing. @throws TetraError `NOT_FOUND`, `INVALID_SAGA` */
export async function loadActions(file: string | undefined): Promise<LoadedActions> {
  if (file === undefined) return { sagas: new Map() };
  const exported = await loadModule(file);
  const actions = actionsOf(exported, file);
  if (actions === undefined) {
    throw new TetraError<TtmErrorCode>("INVALID_SAGA", `${file}: exports no actions`, {
      hint: "export const actions = { name: async ({ data }) => { … } }",
      details: { file },
    });
  }
  return { actions, sagas: sagasOf(exported, file) };
}

/** The registry among a module's exports: `actions`, itself one, or an object or list of actions. */
export function actionsOf(
  exported: Readonly<Record<string, unknown>>,
  file: string,
): ActionRegistry | undefined {
  const { actions } = {
    ...(isObject(exported["default"]) ? exported["default"] : {}),
    ...exported,
  };
  if (actions === undefined) return undefined;
  if (isRegistry(actions)) return actions;
  if (isActions(actions)) return actionRegistry(actions);
  throw new TetraError<TtmErrorCode>("INVALID_SAGA", `${file}: its actions are not functions`, {
    hint: "export const actions = { name: async ({ data }) => { … } }",
    details: { file },
  });
}

/** What either knows; the second goes first. */
export function bothRegistries(
  one: ActionRegistry | undefined,
  other: ActionRegistry | undefined,
): ActionRegistry {
  return { find: (name, agent) => other?.find(name, agent) ?? one?.find(name, agent) };
}

function sagasOf(
  { sagas }: Readonly<Record<string, unknown>>,
  file: string,
): ReadonlyMap<string, SagaDefinition> {
  if (!isObject(sagas)) return new Map();
  const all = Object.values(sagas).flatMap((value) => {
    const definition = definitionOf(value);
    return definition === undefined ? [] : [checkDefinition(definition, file)];
  });
  return new Map(all.map((definition) => [definition.name, definition]));
}

function isRegistry(value: unknown): value is ActionRegistry {
  return isObject(value) && typeof value["find"] === "function" && !Array.isArray(value);
}

type Actions = Parameters<typeof actionRegistry>[0];

function isActions(value: unknown): value is Actions {
  if (!isObject(value)) return false;
  const isNamed = (it: unknown): boolean => isObject(it) && typeof it["run"] === "function";
  if (Array.isArray(value)) return value.every(isNamed);
  return Object.values(value).every((it) => typeof it === "function");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
