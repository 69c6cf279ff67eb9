export { connector } from "./connector.ts";
export { destination, isLocal } from "./destination.ts";
export type { TesErrorCode } from "./errors.ts";
export { BUILT_IN_TOPOLOGY, type Connector, parseTopology, type Topology } from "./topology.ts";
