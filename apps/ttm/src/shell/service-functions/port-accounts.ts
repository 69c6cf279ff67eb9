import { isSystemError } from "@tetra/durable-fs";
import { systemPlatform } from "@tetra/tsm";
import {
  heldPorts,
  nameOfPort,
  parseFlatPorts,
  type PortBooks,
  portOfName,
  portStore,
  readLedger,
  readPortsConfig,
  reconcilePorts,
  reconciliationLines,
  registerPort as register,
  scanIntoLedger,
  trackedServices,
} from "@tetra/tsm/ports";
import { readFileSync } from "node:fs";
import { resolve } from "node:path/posix";
import { value, whether } from "./service-answer.ts";
import {
  argument,
  portArgument,
  required,
  requiredNumber,
  type ServiceCaller,
  type ServiceFunction,
} from "./service-caller.ts";

/** `tsm_register_port <id> <name> <port|none> [pid]` */
export const registerPort: ServiceFunction = async (caller) => {
  await register(portStore(caller.folder), {
    id: requiredNumber(caller, 0, "id"),
    name: required(caller, 1, "name"),
    declared: portArgument(caller, 2),
    pid: argument(caller, 3) === undefined ? undefined : requiredNumber(caller, 3, "pid"),
  });
  return whether(true);
};

/** `tsm_reconcile_ports`: 0 exactly when nothing mismatches. */
export const reconcile: ServiceFunction = async ({ folder, services }) => {
  const look = await scanIntoLedger(portStore(folder), services, systemPlatform());
  const reconciliation = reconcilePorts(look);
  const lines = reconciliationLines(reconciliation).map(({ text }) => text);
  const status = reconciliation.mismatches.length === 0 ? 0 : 1;
  return { ...value(lines.join("\n")), status };
};

/** `tsm_get_port <name>`: the service's, or wherever else it is written. */
export const portOf: ServiceFunction = async (caller) => {
  const name = required(caller, 0, "name");
  const found = portOfName(books(caller, [name]), name);
  return found === undefined ? whether(false) : value(found.port);
};

/** `tsm_get_process_by_port <port>` */
export const processByPort: ServiceFunction = async (caller) => {
  const port = portArgument(caller, 0);
  const found =
    port === undefined ? undefined : nameOfPort(books(caller, caller.services.names()), port);
  return found === undefined ? whether(false) : value(found.name);
};

/** @param names of the services that count */
function books(caller: ServiceCaller, names: readonly string[]): PortBooks {
  const { folder, services } = caller;
  const store = portStore(folder);
  const platform = systemPlatform();
  return {
    services: trackedServices({ names: () => names, observe: (name) => services.observe(name) }),
    ledger: readLedger(store),
    allocations: heldPorts(store, platform),
    config: readPortsConfig(store),
    flat: flatPorts(caller),
  };
}

/** A flat file of `name:port` lines, where `TSM_PORTS_FILE` names one. */
function flatPorts({ call: { env, cwd } }: ServiceCaller): ReadonlyMap<string, number> {
  const file = env["TSM_PORTS_FILE"];
  if (!file) return new Map();
  try {
    return parseFlatPorts(readFileSync(resolve(cwd, file), "utf8"));
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return new Map();
    throw error;
  }
}
