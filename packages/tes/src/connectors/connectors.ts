import type { TetraError } from "@tetra/errors";
import type { Route } from "../levels/connector-level.ts";
import type { Passage, RouteConnector, WayEnd } from "./connector-port.ts";
import { CONTAINER_CONNECTOR } from "./container-connector.ts";
import { LOCAL_CONNECTOR } from "./local-connector.ts";
import type { ConnectorOptions } from "./options.ts";
import { SSH_CONNECTOR } from "./ssh-connector.ts";

/** The connector of one route: {@link RouteConnector} with the route filled in. */
export interface Way {
  connect(subject: string, options: ConnectorOptions): Promise<number | undefined>;
  passage(options: ConnectorOptions): Passage;
  readonly isOnTerminal: boolean;
  failure(subject: string, ended: Omit<WayEnd, "route">): Promise<TetraError | undefined>;
  disconnect(options: ConnectorOptions): Promise<void>;
}

/** The way along a route. */
export function wayFor(route: Route): Way {
  switch (route.type) {
    case "local":
      return along(route, LOCAL_CONNECTOR);
    case "ssh":
      return along(route, SSH_CONNECTOR);
    case "docker":
    case "podman":
    case "kubectl":
      return along(route, CONTAINER_CONNECTOR);
  }
}

function along<R extends Route>(route: R, connector: RouteConnector<R>): Way {
  return {
    isOnTerminal: connector.isOnTerminal,
    connect: (subject, options) => connector.connect(subject, route, options),
    passage: (options) => connector.passage(route, options),
    failure: (subject, ended) => connector.wayFailure(subject, { ...ended, route }),
    disconnect: (options) => connector.disconnect(route, options),
  };
}
