import type { LedgerRow } from "./ledger.ts";
import type { PortAllocation } from "./port-allocations.ts";
import type { PortsConfig } from "./ports-config.ts";
import type { TrackedService } from "./tracked-service.ts";

/** Everywhere that a name and its port may be written. */
export interface PortBooks {
  readonly services: readonly TrackedService[];
  readonly ledger: readonly LedgerRow[];
  readonly config: PortsConfig;
  /** What `port_allocations.txt` says, of those who live. */
  readonly allocations: readonly PortAllocation[];
  /** What `TSM_PORTS_FILE` says. */
  readonly flat: ReadonlyMap<string, number>;
}

/** Where an answer comes from, best first. */
export type PortSource = "service" | "ledger" | "allocation" | "named" | "flat";

/** A name and its port. */
export interface FoundPort {
  readonly name: string;
  readonly port: number;
  readonly source: PortSource;
}

/** The port of a name: the service's, what was registered, what is held, what `ports.toml` says, the flat file's. */
export function portOfName(books: PortBooks, name: string): FoundPort | undefined {
  return entries(books).find((entry) => entry.name === name);
}

/** Who has a port, by the same order; a service that runs goes first. */
export function nameOfPort(books: PortBooks, port: number): FoundPort | undefined {
  return entries(books).find((entry) => entry.port === port);
}

function entries({ services, ledger, allocations, config, flat }: PortBooks): readonly FoundPort[] {
  const running = services.filter(({ isRunning }) => isRunning);
  const others = services.filter(({ isRunning }) => !isRunning);
  const all: readonly (readonly [string, number | undefined, PortSource])[] = [
    ...[...running, ...others].map(({ name, port }) => [name, port, "service"] as const),
    ...ledger.map(({ name, declared, actual }) => [name, actual ?? declared, "ledger"] as const),
    ...allocations.map(({ name, port }) => [name, port, "allocation"] as const),
    ...[...config.ports].map(([name, port]) => [name, port, "named"] as const),
    ...[...flat].map(([name, port]) => [name, port, "flat"] as const),
  ];
  return all.flatMap(([name, port, source]) =>
    port === undefined ? [] : [{ name, port, source }],
  );
}
