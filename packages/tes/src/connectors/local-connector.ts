import type { LocalRoute } from "../levels/connector-level.ts";
import { PLAIN_PASSAGE, type RouteConnector } from "./connector-port.ts";

/** This machine: there is no way that could fail. */
export const LOCAL_CONNECTOR: RouteConnector<LocalRoute> = {
  isOnTerminal: false,
  connect: () => Promise.resolve(undefined),
  passage: () => PLAIN_PASSAGE,
  wayFailure: () => Promise.resolve(undefined),
  disconnect: () => Promise.resolve(),
};
