import { isTetraError } from "@tetra/errors";
import {
  type LevelName,
  levelNumber,
  type PlanLevel,
  probe,
  reachedLevel,
  requireLevel,
} from "@tetra/tes";
import type { App } from "../app.ts";
import { exitStatusOf } from "../exit-status.ts";
import { type CommandOrder, carryOutCommand, validated } from "../run/carry-out-command.ts";
import { carryOutRollback } from "../run/carry-out-rollback.ts";
import type { Ended, Running } from "../run/whole-transaction.ts";
import { type Place, placeOf } from "../tes/place.ts";
import { planIn, type Reach, reachOf } from "../tes/reach.ts";
import { carryOutPush, type PushOrder, pushOrder } from "../transfer/push-order.ts";
import type { Action } from "./action.ts";

/** An action with its inputs, resolved: nothing has been done yet. */
export interface ActionOrder {
  readonly action: Action;
  readonly inputs: readonly string[];
  readonly work:
    | { readonly type: "command"; readonly command: readonly string[]; readonly place?: Place }
    | { readonly type: "push"; readonly push: PushOrder };
}

/** Resolves where an action works, as far as it goes without connecting. @throws TetraError */
export function actionOrder(action: Action, inputs: readonly string[], app: App): ActionOrder {
  const { tes, work } = action;
  if (work.type === "command") {
    const command = [...work.command, ...inputs];
    const deed = { operation: "execute", command } as const;
    const place = tes && placeOf(tes.target, { deed }, app);
    return { action, inputs, work: { type: "command", command, ...(place && { place }) } };
  }
  const to = { symbol: tes?.target ?? "@local", path: work.path };
  const way = { reach: reachOf(app), makeFolders: false };
  const push = pushOrder(work.file ?? inputs[0] ?? "", to, way);
  return { action, inputs, work: { type: "push", push } };
}

/** The plan of an action; none when it works plainly here. */
export function planOfAction({ work }: ActionOrder): PlanLevel | undefined {
  return work.type === "push" ? work.push.plan : work.place?.plan;
}

/**
 * Makes sure that the level which an action requires was really reached: from the handle on, by connecting.
 * @returns the level that was reached; nothing for an action without an endpoint.
 * @throws TetraError a `ConnectErrorCode`, or `LEVEL_NOT_REACHED`
 */
export async function reachLevel(order: ActionOrder, app: App): Promise<LevelName | undefined> {
  const { tes } = order.action;
  if (tes === undefined) return undefined;
  const nowMs = app.clock.now();
  const plan = planOfAction(order);
  const reach = reachIn(order);
  if (plan === undefined || reach === undefined) return "plan"; // plainly here
  if (levelNumber(tes.requires) < levelNumber("handle")) return reachedLevel(plan, { nowMs });
  const tested = await testedPlan(plan, reach);
  const now = { nowMs: app.clock.now() };
  requireLevel(tested, tes.requires, now);
  return reachedLevel(tested, now);
}

/** The plan over a handle that was tested just now. */
async function testedPlan(plan: PlanLevel, { connection, cache }: Reach): Promise<PlanLevel> {
  const { locator } = plan.binding;
  const handle = await probe(locator.handle, {
    ...connection,
    cache: { get: () => undefined, set: (key, test) => cache.set(key, test) },
  });
  return { ...plan, binding: { ...plan.binding, locator: { ...locator, handle } } };
}

/** What let an action begin; for the log. */
export interface Leave {
  readonly allowed: string | undefined;
  readonly reached: LevelName | undefined;
}

/** Carries it out; when it fails after it was begun, rolls back. */
export async function carryOutAction(
  running: Running,
  order: ActionOrder,
  { allowed, reached }: Leave,
): Promise<Ended> {
  const { action, inputs } = order;
  const { id, manager } = running;
  const tes = action.tes && { ...action.tes, reached };
  const record = { name: action.name, inputs, ...(tes && { tes }) };
  await manager.update(id, { action: record });
  const ended = await attempt(running, order, allowed);
  const { rollback } = action;
  if (ended.reason === undefined || rollback === undefined) return ended;
  const undone = await carryOutRollback(running, rollback, rollbackPlace(order, rollback));
  return { ...ended, reason: `${ended.reason}; ${undone}` };
}

async function attempt(
  running: Running,
  { action, work }: ActionOrder,
  allowed: string | undefined,
): Promise<Ended> {
  const { validate, rollback } = action;
  try {
    if (work.type === "command") {
      const { command, place } = work;
      const order: CommandOrder = { command, place, allowed, validate, timeoutMs: undefined };
      return await carryOutCommand(running, order);
    }
    const pushed = await carryOutPush(running, work.push, allowed ?? "");
    return pushed.reason === undefined ? await validated(running, validate) : pushed;
  } catch (error) {
    // what was begun over there may have been done: it is rolled back like any other failure
    if (rollback === undefined || !isTetraError(error)) throw error;
    return { status: exitStatusOf(error.code), reason: `do: ${error.message}` };
  }
}

function rollbackPlace(order: ActionOrder, command: readonly string[]): Place | undefined {
  const plan = planOfAction(order);
  const reach = reachIn(order);
  if (plan === undefined || reach === undefined) return undefined;
  const { symbol } = plan.binding.locator.handle.connector.channel.address;
  return { reach, plan: planIn(reach, symbol.text, { deed: { operation: "execute", command } }) };
}

function reachIn({ work }: ActionOrder): Reach | undefined {
  return work.type === "push" ? work.push.reach : work.place?.reach;
}
