import { ORIGINAL_STATUSES, originalStatus, type Service } from "@tetra/tsm";
import { resolve } from "node:path/posix";
import type { ShellAnswer } from "../shell-call.ts";
import { refused, value, whether } from "./service-answer.ts";
import { serviceAt } from "./service-at.ts";
import {
  argument,
  portArgument,
  required,
  requiredNumber,
  type ServiceFunction,
} from "./service-caller.ts";

/** What `tsm_create_metadata` takes after the folder, as `meta.json` names it. */
const ABOUT = ["interpreter", "process_type", "env_file", "prehook", "service_type", "port_type"];

/**
 * `tsm_create_metadata <name> <pid> <command> <port|none> <folder> [interpreter] [type] [env file] [pre-hook]
 * [service type] [port type]`: makes a process that the caller started a service, and prints its id.
 */
export const createMetadata: ServiceFunction = async (caller) => {
  const { call, services } = caller;
  const name = required(caller, 0, "name");
  const pid = requiredNumber(caller, 1, "pid");
  const port = portArgument(caller, 3);
  const org = call.env["TETRA_ORG"];
  const about = ABOUT.flatMap((key, at) => {
    const given = argument(caller, 5 + at);
    return given === undefined ? [] : [[key, given] as const];
  });
  const { meta, isAlive } = await services.adopt({
    name,
    pid,
    command: call.args[2] ?? "",
    cwd: resolve(call.cwd, call.args[4] ?? ""),
    ...(port === undefined ? {} : { port }),
    ...(org ? { org } : {}),
    about: Object.fromEntries(about),
  });
  const answer = value(meta.tsm_id ?? "");
  if (isAlive) return answer;
  return { ...answer, stderr: `tsm: nobody has PID ${pid}: '${name}' is noted as crashed\n` };
};

/**
 * `tsm_read_metadata <name> <field>`: one value of `meta.json`, or of a part of it (`git.branch`). Nothing is
 * printed for what is not there. `status` is what is true now.
 */
export const readMetadata: ServiceFunction = async (caller) => {
  const service = serviceAt(caller, required(caller, 0, "name"));
  const field = required(caller, 1, "field");
  if (service === undefined) return whether(false);
  const found = valueAt(recordOf(service), field.split("."));
  // as jq's `// empty`
  if (found === undefined || found === null || found === false) return whether(true);
  return value(typeof found === "string" ? found : JSON.stringify(found, undefined, 2));
};

function recordOf({ meta, observed }: Service): unknown {
  const { others, port = "none", pid = observed.main?.pid, ...known } = meta;
  return { ...others, ...known, pid, port, status: originalStatus(observed.state) };
}

function valueAt(record: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (within, key) =>
      typeof within === "object" && within !== null && Object.hasOwn(within, key)
        ? new Map(Object.entries(within)).get(key)
        : undefined,
    record,
  );
}

/**
 * `tsm_set_status <name> <online|stopped|crashed>`: notes it where it is so. Of one that does not run, `stopped`
 * also says that it is to stay so. What is not so is not written: what is asked for is another command then.
 */
export const setStatus: ServiceFunction = async (caller) => {
  const { services } = caller;
  const name = required(caller, 0, "name");
  const word = required(caller, 1, "status");
  const status = ORIGINAL_STATUSES.find((each) => each === word);
  if (status === undefined) {
    return refused(64, `tsm: there is no status '${word}'`, `Use ${ORIGINAL_STATUSES.join(", ")}`);
  }
  if (serviceAt(caller, name) === undefined) return whether(false);
  const { isNoted, truth } = await services.claimStatus(name, status);
  return isNoted ? whether(true) : notSo(name, status, truth);
};

function notSo(name: string, status: string, truth: string): ShellAnswer {
  const way = status === "online" ? `start it: tsm start ${name}` : `stop it: tsm stop ${name}`;
  const isOver = truth !== "online" && status !== "online";
  return refused(
    1,
    `tsm: '${name}' is ${truth}, so '${status}' was not noted`,
    ...(isOver ? [] : [`To make it so, ${way}`]),
  );
}
