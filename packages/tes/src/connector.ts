import { BUILT_IN_TOPOLOGY, type Connector, type Topology } from "./topology.ts";

/**
 * The entry of a target, as it stands (the answer of the original's `txn_get_connector`).
 * @param topology what the file holds; without a file the built-in entries apply.
 * @returns `undefined` when there is none, which is no error.
 */
export function connector(
  target: string,
  topology: Topology = BUILT_IN_TOPOLOGY,
): Connector | undefined {
  return Object.hasOwn(topology, target) ? topology[target] : undefined;
}
