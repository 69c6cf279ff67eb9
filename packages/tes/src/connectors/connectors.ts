import type { Route } from "../levels/connector-level.ts";
import type { RouteConnector } from "./connector-port.ts";
import { CONTAINER_CONNECTOR } from "./container-connector.ts";
import { LOCAL_CONNECTOR } from "./local-connector.ts";
import { SSH_CONNECTOR } from "./ssh-connector.ts";

/** The connector of a route. */
export function connectorFor<R extends Route>(route: R): RouteConnector<R> {
  // the table has for each type the connector of the routes of that type
  return CONNECTORS[route.type] as unknown as RouteConnector<R>;
}

const CONNECTORS = {
  local: LOCAL_CONNECTOR,
  ssh: SSH_CONNECTOR,
  docker: CONTAINER_CONNECTOR,
  podman: CONTAINER_CONNECTOR,
  kubectl: CONTAINER_CONNECTOR,
} as const satisfies Record<Route["type"], unknown>;
