import { BUILT_IN_TOPOLOGY } from "../topology.ts";
import type { EndpointSource } from "./endpoint-source.ts";
import { sourcedBy } from "./fields-of.ts";
import { connectorFields } from "./topology-source.ts";

/** What every installation knows: `@local`, `@localhost`, and the three names of the original's map. */
export const BUILT_IN_SOURCE: EndpointSource = {
  name: "built-in",
  symbols: [...Object.keys(BUILT_IN_TOPOLOGY), "@localhost"],
  fields(symbol) {
    const name = symbol === "@localhost" ? "@local" : symbol;
    const entry = Object.hasOwn(BUILT_IN_TOPOLOGY, name) ? BUILT_IN_TOPOLOGY[name] : undefined;
    return entry === undefined
      ? undefined
      : connectorFields(
          entry,
          sourcedBy((key) => ({ source: "built-in", key: `${symbol}.${key}` })),
        );
  },
};
