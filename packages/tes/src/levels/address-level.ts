import { bracketed } from "../host.ts";
import type { Sourced } from "../origin.ts";
import type { EndpointType } from "../sources/endpoint-fields.ts";
import type { SymbolLevel } from "./symbol-level.ts";
import { unresolved } from "./unresolved.ts";

/** Level 1: the IP address or name of the machine; for containers the container's, or the pod's. */
export interface AddressLevel {
  readonly level: "address";
  /** `203.0.113.10`, `web.example`, `[2001:db8::1]` */
  readonly text: string;
  readonly symbol: SymbolLevel;
  readonly type: EndpointType;
  readonly host: Sourced<string>;
}

/** @throws TetraError `UNRESOLVED` when no source names a host. */
export function toAddress(symbol: SymbolLevel): AddressLevel {
  const { fields } = symbol.known;
  const type = fields.type?.value ?? "ssh";
  const host = hostOf(type, symbol);
  if (host !== undefined) {
    return { level: "address", text: bracketed(host.value), symbol, type, host };
  }
  throw unresolved(symbol.text, "address", {
    reason: "no source gives its host",
    hint: `add "host" to ${symbol.text} in topology.json, or "address" in tetra.toml`,
  });
}

function hostOf(
  type: EndpointType,
  { known: { fields } }: SymbolLevel,
): Sourced<string> | undefined {
  switch (type) {
    case "docker":
    case "podman":
      return fields.container ?? fields.host;
    case "kubectl":
      return fields.pod ?? fields.host;
    case "local":
      return fields.host ?? { value: "localhost", origin: { source: "built-in" } };
    case "ssh":
      return fields.host;
  }
}
