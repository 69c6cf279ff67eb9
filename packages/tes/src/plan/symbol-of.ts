import type { ConnectorLevel } from "../levels/connector-level.ts";
import type { SymbolLevel } from "../levels/symbol-level.ts";

/** The symbol that a connector began with. */
export function symbolOf(connector: ConnectorLevel): SymbolLevel {
  return connector.channel.address.symbol;
}
