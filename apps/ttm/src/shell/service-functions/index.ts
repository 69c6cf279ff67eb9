import type { ShellFunction, ShellFunctions } from "../shell-call.ts";
import { createMetadata, readMetadata, setStatus } from "./metadata.ts";
import { idToName, isRunning, nextId, resolveToId } from "./naming.ts";
import { discoveredPort, processNameOf, typeOfCommand, uptimeSince } from "./planning.ts";
import { portOf, processByPort, reconcile, registerPort } from "./port-accounts.ts";
import { refusal } from "./service-answer.ts";
import { serviceCaller, type ServiceFunction } from "./service-caller.ts";

/** The functions of `tsm.sh` that only read and compute, and those that write by the library's rules. */
export const serviceFunctions: ShellFunctions = Object.fromEntries(
  Object.entries<ServiceFunction>({
    tetra_tsm_get_next_id: nextId,
    tetra_tsm_is_running: isRunning,
    tetra_tsm_resolve_to_id: resolveToId,
    tetra_tsm_id_to_name: idToName,
    tsm_detect_type: typeOfCommand,
    tsm_discover_port: discoveredPort,
    tsm_generate_process_name: processNameOf,
    tsm_calculate_uptime: uptimeSince,
    tsm_create_metadata: createMetadata,
    tsm_read_metadata: readMetadata,
    tsm_set_status: setStatus,
    tsm_process_exists: isRunning,
    tsm_register_port: registerPort,
    tsm_reconcile_ports: reconcile,
    tsm_get_port: portOf,
    tsm_get_process_by_port: processByPort,
  }).map(([name, answer]): [string, ShellFunction] => [name, answering(answer)]),
);

function answering(answer: ServiceFunction): ShellFunction {
  return async (call) => {
    try {
      return await answer(serviceCaller(call));
    } catch (error) {
      return refusal(error);
    }
  };
}
