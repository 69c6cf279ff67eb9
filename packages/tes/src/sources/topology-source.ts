import { withoutBrackets } from "../host.ts";
import type { Sourced } from "../origin.ts";
import { type Connector, parseTopology } from "../topology.ts";
import type { EndpointFields } from "./endpoint-fields.ts";
import type { EndpointSource } from "./endpoint-source.ts";
import { foundFields, sourcedBy } from "./fields-of.ts";
import { jsonKeyLines } from "./json-key-lines.ts";

/**
 * The entries of a `topology.json` as a source of endpoints.
 * @throws TetraError `INVALID_TOPOLOGY`, as {@link parseTopology}.
 */
export function topologySource(text: string, file: string): EndpointSource {
  const entries = parseTopology(text, file);
  const lines = jsonKeyLines(text);
  return {
    name: "topology.json",
    file,
    symbols: Object.keys(entries),
    fields(symbol) {
      const found = Object.hasOwn(entries, symbol) ? entries[symbol] : undefined;
      if (found === undefined) return undefined;
      return connectorFields(
        found,
        sourcedBy((key) => {
          const line = lines.of([symbol, key]);
          const place = line === undefined ? { file } : { file, line };
          return { source: "topology.json", ...place, key: `${symbol}.${key}` };
        }),
      );
    },
  };
}

/** The fields of one entry, in the words of this package. */
export function connectorFields(
  found: Connector,
  sourced: <Value>(key: string, value: Value | undefined) => Sourced<Value> | undefined,
): EndpointFields {
  const user = sourced("user", found.user);
  const workUser = sourced("work_user", found.work_user);
  return foundFields({
    type: sourced("type", found.type),
    host: sourced("host", withoutBrackets(found.host)),
    workUser: workUser ?? user,
    authUser: sourced("auth_user", found.auth_user) ?? (workUser === undefined ? undefined : user),
    identityFile: sourced("auth_key", found.auth_key),
    port: sourced("port", found.port),
    jump: sourced("jump", found.jump),
    container: sourced("container", found.container),
    pod: sourced("pod", found.pod),
    namespace: sourced("namespace", found.namespace),
    context: sourced("context", found.context),
    description: sourced("description", found.description),
    network: sourced("network", found.network),
    write: sourced("write", found.write),
    audit: sourced("audit", found.audit),
  });
}
