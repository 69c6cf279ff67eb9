import type { Route } from "../levels/connector-level.ts";
import type { PlanLevel } from "../levels/plan-level.ts";
import type { Operation } from "../operation.ts";
import type { EndpointType } from "../sources/endpoint-fields.ts";
import { symbolOf } from "./symbol-of.ts";

/** A plan for a log: what was done where, as whom; JSON values only, and nothing of any content. */
export interface PlanRecord {
  /** `@staging` */
  readonly symbol: string;
  readonly type: EndpointType;
  /** The host, container or pod. */
  readonly host: string;
  /** Who logged in; absent when ssh's configuration or the container says. */
  readonly auth_user?: string;
  /** Who acted; absent when that is who logged in, and nobody says who. */
  readonly work_user?: string;
  readonly operation: Operation;
  readonly path: string;
  /** Of `execute`: the words of the command. */
  readonly command?: readonly string[];
  /** The plan's line for people. */
  readonly plan: string;
  /** The environment wants everything recorded that is done there. */
  readonly audit?: boolean;
  /** The environment's network. */
  readonly network?: string;
}

/** What a log should say of a plan. */
export function planRecord({ binding, text }: PlanLevel): PlanRecord {
  const { locator, deed } = binding;
  const { connector } = locator.handle;
  const { address, workUser } = connector.channel;
  const { audit, network } = symbolOf(connector).known.fields;
  const authUser = whoLogsIn(connector.route);
  return {
    symbol: symbolOf(connector).text,
    type: address.type,
    host: address.host.value,
    ...(authUser === undefined ? {} : { auth_user: authUser }),
    ...(workUser === undefined ? {} : { work_user: workUser.value }),
    operation: deed.operation,
    path: locator.path,
    ...(deed.operation === "execute" ? { command: deed.command } : {}),
    plan: text,
    ...(audit === undefined ? {} : { audit: audit.value }),
    ...(network === undefined ? {} : { network: network.value }),
  };
}

function whoLogsIn(route: Route): string | undefined {
  return "user" in route ? route.user : undefined;
}
