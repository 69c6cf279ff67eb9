/* oxlint-disable typescript/no-unsafe-type-assertion -- what data an action gets is checked where a step
   names it, not where it is looked up */
import { TetraError } from "@tetra/errors";
import type { Action, ActionRegistry } from "./action.ts";
import type { SagaErrorCode } from "./errors.ts";

/** An action with its name and types. */
export interface TypedAction<Data, Result> {
  /** What definitions call it. With an agent before it (`billing:refund`), it is for that agent alone. */
  readonly name: string;
  readonly run: Action<Data, Result>;
}

/** Gives an action a name, so that steps can be checked against its types. */
export function action<Data, Result>(
  name: string,
  run: Action<Data, Result>,
): TypedAction<Data, Result> {
  return { name, run };
}

/**
 * A registry of these actions: a list of those with names, or an object of them by name. The action
 * `agent:name` goes before `name` for a step of that agent.
 * @throws TetraError `INVALID_SAGA` when two have the same name
 */
export function actionRegistry(
  actions: readonly TypedAction<never, unknown>[] | Readonly<Record<string, Action<never>>>,
): ActionRegistry {
  const entries = isList(actions)
    ? actions.map(({ name, run }) => [name, run] as const)
    : Object.entries(actions);
  const known = new Map<string, Action>();
  for (const [name, run] of entries) {
    if (known.has(name)) {
      const problem = `two actions are called ${JSON.stringify(name)}`;
      throw new TetraError<SagaErrorCode>("INVALID_SAGA", problem, { hint: "rename one of them" });
    }
    known.set(name, run as Action);
  }
  return {
    find: (name, agent) =>
      (agent === undefined ? undefined : known.get(`${agent}:${name}`)) ?? known.get(name),
  };
}

/** Array.isArray does not tell readonly arrays apart. */
function isList(
  actions: readonly TypedAction<never, unknown>[] | Readonly<Record<string, Action<never>>>,
): actions is readonly TypedAction<never, unknown>[] {
  return Array.isArray(actions);
}
