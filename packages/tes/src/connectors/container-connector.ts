import type { ContainerRoute, PodRoute } from "../levels/connector-level.ts";
import { PLAIN_PASSAGE, type RouteConnector } from "./connector-port.ts";
import { failure, signIn } from "./failure.ts";
import { CONTAINER_FAILURES } from "./far-failures.ts";

/** `docker exec`, `podman exec` and `kubectl exec`: each command is a connection of its own. */
export const CONTAINER_CONNECTOR: RouteConnector<ContainerRoute | PodRoute> = {
  isOnTerminal: false,
  connect: () => Promise.resolve(undefined),
  passage: () => PLAIN_PASSAGE,
  wayFailure(subject, { status, stderr }) {
    const sign = status === 0 ? undefined : signIn(stderr, CONTAINER_FAILURES);
    return Promise.resolve(sign === undefined ? undefined : failure(subject, stderr, sign));
  },
  disconnect: () => Promise.resolve(),
};
