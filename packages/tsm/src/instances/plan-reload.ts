import { standInName } from "./instance-group.ts";

// What a reload keeps, at every step and whoever dies:
//
// R1. Where a proxy carries the traffic, an instance is stopped only after it was taken out and its
//     connections are done, and it gets traffic again only when it is ready.
// R2. As long as one was up at the beginning, there is always one up among those that get traffic.
// R3. Planning again from wherever a reload died, and carrying that out, ends with every instance
//     restarted, all of them getting traffic, and no stand-in.

/** What gets the traffic. */
export type Route =
  /** All instances. */
  | { readonly type: "all" }
  /** All but one. */
  | { readonly type: "without"; readonly name: string }
  /** The stand-in of the only instance. */
  | { readonly type: "stand-in" };

/** A step of a reload. */
export type ReloadStep =
  /** Starts a second copy of the only instance on another port, and waits until it is ready. */
  | { readonly type: "start-stand-in"; readonly of: string }
  | { readonly type: "route"; readonly to: Route }
  /** Waits until nothing is connected any more; not for ever. */
  | { readonly type: "drain"; readonly name: string }
  /** Stops it, starts it as it is specified now, and waits until it is ready. */
  | { readonly type: "restart"; readonly name: string }
  /** Stops and removes the stand-in. */
  | { readonly type: "remove-stand-in"; readonly of: string };

/**
 * What can be promised: `no-request-fails`: a proxy carries the traffic; `one-at-a-time`: all but one
 * answer at any moment, but nobody keeps requests away from that one; `gap`: nothing answers meanwhile.
 */
export type ReloadPromise = "no-request-fails" | "one-at-a-time" | "gap";

/** What a reload is planned from. */
export interface ReloadSituation {
  /** By number; at least one. */
  readonly instances: readonly { readonly name: string; readonly isUp: boolean }[];
  /** Left by a reload that died. */
  readonly standIn: { readonly isUp: boolean } | undefined;
  /** Whether a proxy carries the traffic and can be told where to. */
  readonly hasProxy: boolean;
}

/** What a reload will do. */
export interface ReloadPlan {
  readonly promise: ReloadPromise;
  readonly steps: readonly ReloadStep[];
}

const ALL: ReloadStep = { type: "route", to: { type: "all" } };

/** Decides in which order instances are restarted, and where the traffic goes meanwhile. */
export function planReload({ instances, standIn, hasProxy }: ReloadSituation): ReloadPlan {
  // those that are down first: there must be another one up before one that is up is stopped (R2)
  const order = [...instances.filter(({ isUp }) => !isUp), ...instances.filter(({ isUp }) => isUp)];
  const [first] = order;
  if (first === undefined) return { promise: "gap", steps: [] };
  const left = standIn === undefined ? [] : removal(first.name, standIn);

  if (!hasProxy) {
    const steps = order.map(({ name }): ReloadStep => ({ type: "restart", name }));
    const promise = order.length > 1 ? "one-at-a-time" : "gap";
    return { promise, steps: [...steps, ...left] };
  }
  if (order.length === 1) {
    return { promise: "no-request-fails", steps: withStandIn(first, standIn) };
  }
  const steps = order.flatMap(({ name, isUp }): readonly ReloadStep[] => {
    const leave: ReloadStep = { type: "route", to: { type: "without", name } };
    const restart: ReloadStep = { type: "restart", name };
    return isUp ? [leave, { type: "drain", name }, restart] : [leave, restart];
  });
  return { promise: "no-request-fails", steps: [...steps, ALL, ...left] };
}

type OnlyInstance = ReloadSituation["instances"][number];

function withStandIn(
  { name, isUp }: OnlyInstance,
  standIn: ReloadSituation["standIn"],
): readonly ReloadStep[] {
  const restart: ReloadStep = { type: "restart", name };
  const isStandingIn = standIn?.isUp === true;
  // what is down has no traffic that could be lost
  if (!isUp && !isStandingIn) {
    return [restart, ALL, ...(standIn === undefined ? [] : removal(name, standIn))];
  }
  const begin: readonly ReloadStep[] = isStandingIn
    ? []
    : [
        ...(standIn === undefined ? [] : [ALL, ...removal(name, standIn)]),
        { type: "start-stand-in", of: name },
      ];
  return [
    ...begin,
    { type: "route", to: { type: "stand-in" } },
    ...(isUp ? [{ type: "drain", name } as const] : []),
    restart,
    ALL,
    ...removal(name, { isUp: true }),
  ];
}

function removal(of: string, { isUp }: { readonly isUp: boolean }): readonly ReloadStep[] {
  const remove: ReloadStep = { type: "remove-stand-in", of };
  return isUp ? [{ type: "drain", name: standInName(of) }, remove] : [remove];
}
