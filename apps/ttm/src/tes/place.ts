import type { PlanLevel } from "@tetra/tes";
import type { TargetResolver } from "@tetra/tts-core";
import { userInfo } from "node:os";
import type { App } from "../app.ts";
import { connectorOf, destinationOf, isLocalTarget } from "../targets.ts";
import { type Doing, planIn, type Reach, reachOf } from "./reach.ts";

/** Where a command runs, and what was resolved to find out. */
export interface Place {
  readonly plan: PlanLevel;
  readonly reach: Reach;
}

/**
 * Resolves what is to be done at a target.
 * @returns nothing when that is plainly this machine, of which nobody says anything else.
 * @throws TetraError a `ResolveErrorCode`
 */
export function placeOf(target: string, doing: Doing, app: App): Place | undefined {
  const { topology } = app.places();
  if (isLocalTarget(target, topology)) {
    const { write, auth_user } = connectorOf(target, topology) ?? {};
    if (write === undefined && auth_user === undefined) return undefined;
  }
  const reach = reachOf(app);
  return { plan: planIn(reach, target, doing), reach };
}

/** Whether a plan runs on this machine, as whoever runs this. */
export function isHere({ binding }: PlanLevel): boolean {
  const { route } = binding.locator.handle.connector;
  return route.type === "local" && route.actAs === undefined;
}

/** What a transaction records of a plan: who does what where, and what allowed it. */
export function recordOfPlan(plan: PlanLevel, allowed: string): Readonly<Record<string, unknown>> {
  const { channel, route } = plan.binding.locator.handle.connector;
  const user = channel.workUser?.value ?? (isHere(plan) ? userInfo().username : null);
  return {
    user,
    ...(route.type === "ssh" && route.actAs !== undefined ? { auth_user: route.user } : {}),
    host: channel.address.text,
    plan: { symbol: channel.address.symbol.text, text: plan.text, argv: plan.argv },
    allowed,
  };
}

/** What `tes_plan` becomes where a plan is carried out: still an ssh destination, of the place really used. */
export function targetsOf(plan: PlanLevel, app: App): TargetResolver {
  const { channel } = plan.binding.locator.handle.connector;
  const { source } = channel.address.host.origin;
  const isFromFile = source === "tetra.toml" || source === "ssh config";
  return {
    resolve: async (target) =>
      isFromFile ? channel.text : destinationOf(target, app.places().topology),
  };
}
