import type { Listening, PortLook } from "./look-at-ports.ts";
import type { TrackedService } from "./tracked-service.ts";

/** How a port stands: what a scan says of it. */
export type PortState =
  /** A service listens on it. */
  | "online"
  /** A running service wants it, and another process has it. */
  | "conflict"
  /** Its service does not run, and it is open. */
  | "leaked"
  /** A running service wants it, and nobody listens. */
  | "error"
  /** Somebody listens who is no service. */
  | "unmanaged";

/** A line of a scan. */
export interface ScannedPort {
  readonly port: number;
  /** Absent: nobody listens, or the system does not tell who. */
  readonly pid?: number;
  readonly state: PortState;
  /** The service that wants or has it. */
  readonly service?: TrackedService;
}

/** What every port that somebody wants or has is, by port. */
export function scanPorts({ services, listening }: PortLook): readonly ScannedPort[] {
  const ofServices = services.flatMap((service) => declaredState(service, listening));
  const told = new Set(ofServices.map(({ port, pid }) => `${port} ${pid}`));
  const others = listening
    .filter(({ port, pid }) => !told.has(`${port} ${pid}`))
    .map((holder) => line(stateOfHolder(holder), holder, holder.owner));
  return [...ofServices, ...others].toSorted((a, b) => a.port - b.port);
}

function stateOfHolder({ owner }: Listening): PortState {
  if (owner === undefined) return "unmanaged";
  return owner.isRunning ? "online" : "leaked";
}

function declaredState(
  service: TrackedService,
  listening: readonly Listening[],
): readonly ScannedPort[] {
  const holders = listening.filter(({ port }) => port === service.port);
  const own = holders.filter(({ owner }) => owner?.name === service.name);
  if (!service.isRunning) {
    // when another service has it, its own line says so
    const left = own[0] ?? holders.find(({ owner }) => owner === undefined);
    return left === undefined ? [] : [line("leaked", left, service)];
  }
  if (own.length > 0) return own.map((holder) => line("online", holder, service));
  const [holder] = holders;
  if (holder !== undefined) return [line("conflict", holder, service)];
  return service.port === undefined ? [] : [line("error", { port: service.port }, service)];
}

function line(
  state: PortState,
  { port, pid }: Pick<Listening, "port" | "pid">,
  service: TrackedService | undefined,
): ScannedPort {
  return {
    port,
    ...(pid === undefined ? {} : { pid }),
    state,
    ...(service === undefined ? {} : { service }),
  };
}

/** The words for a line: `Online (TSM: 3)`, `CONFLICT (TSM: 3)`, `LEAKED (TSM: 3)`, … */
export function portStateText({ state, service }: ScannedPort): string {
  const id = `(TSM: ${service?.id ?? service?.name ?? "?"})`;
  switch (state) {
    case "online":
      return `Online ${id}`;
    case "conflict":
      return `CONFLICT ${id}`;
    case "leaked":
      return `LEAKED ${id}`;
    case "error":
      return "ERROR (port not open)";
    case "unmanaged":
      return "Unmanaged";
  }
}
