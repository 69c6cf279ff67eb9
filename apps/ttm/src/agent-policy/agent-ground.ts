import { protection } from "@tetra/tes";
import { dirname } from "node:path";
import type { App } from "../app.ts";
import { isHere, type Place, placeOf } from "../tes/place.ts";
import type { AgentPolicy } from "./agent-policy.ts";
import type { CommandGround } from "./command-verdict.ts";
import { definedServices, servicesOf, startedService } from "./known-services.ts";

/** By what, and for which transaction, commands are judged. */
export interface GroundParts {
  readonly policy: Pick<AgentPolicy, "roots">;
  readonly file: string;
  /** The folder where the transaction was opened. */
  readonly cwd: string;
}

/** What is known of this machine when a command of an agent is judged. */
export function agentGround(app: App, { policy, file, cwd }: GroundParts): CommandGround {
  const known = new Map<string, boolean>();
  return {
    path: app.env["PATH"],
    guarded: guardedPlaces(app, file),
    roots: rootsOf(policy, cwd),
    isHere(symbol) {
      const place = known.has(symbol) ? undefined : placeAt(symbol, app);
      const here = known.get(symbol) ?? (place === undefined || isHere(place.plan));
      known.set(symbol, here);
      return here;
    },
    isService(name) {
      const isStarted = startedService(servicesOf(app).names(), name) !== undefined;
      return isStarted || definedServices(app).includes(name);
    },
  };
}

/** The folders that evidence comes from and steps work in. */
export function rootsOf({ roots }: Pick<AgentPolicy, "roots">, cwd: string): readonly string[] {
  return roots ?? [cwd];
}

/** What no path of an agent may lead into: everything that is Tetra's own. */
export function guardedPlaces(app: App, policyFile: string): readonly string[] {
  const { root, transactions, topology } = app.places();
  return [root, transactions, dirname(topology), policyFile];
}

/** What the endpoint itself wants before something is changed on it, whatever a policy says. */
export type EndpointWish =
  | { readonly type: "nothing" }
  | { readonly type: "approval" }
  | { readonly type: "refusal"; readonly reason: string };

/** What an endpoint wants. @throws TetraError a `ResolveErrorCode` */
export function endpointWish(symbol: string, app: App): EndpointWish {
  const place = placeAt(symbol, app);
  if (place === undefined) return { type: "nothing" };
  const best = protection(place.plan, { isInteractive: false, isConfirmed: true });
  if (best.type !== "allowed") return { type: "refusal", reason: best.reason };
  const now = protection(place.plan, { isInteractive: false });
  return now.type === "allowed" ? { type: "nothing" } : { type: "approval" };
}

function placeAt(symbol: string, app: App): Place | undefined {
  return placeOf(symbol, { deed: { operation: "execute", command: ["true"] } }, app);
}
