import { systemClock } from "@tetra/tsm";
import {
  detectType,
  discoverPort,
  type EnvFile,
  nameBase,
  processName,
  readEnvFile,
  scriptOf,
  type TypedCommand,
  typedCommand,
} from "@tetra/tsm/launch";
import { resolve } from "node:path/posix";
import { value } from "./service-answer.ts";
import {
  argument,
  portArgument,
  required,
  type ServiceCaller,
  type ServiceFunction,
} from "./service-caller.ts";

/** `tsm_detect_type <command>` */
export const typeOfCommand: ServiceFunction = async (caller) =>
  value(detectType(typed(caller, argument(caller, 0)).words));

/** `tsm_discover_port <command> [env file] [port] [port of the env file]` */
export const discoveredPort: ServiceFunction = async (caller) => {
  const { call, host } = caller;
  if (call.args[2] === "none") return value("none");
  const { words, text } = typed(caller, call.args[0]);
  const script = scriptOf(words);
  const { port } = discoverPort({
    option: portArgument(caller, 2),
    envFile: portArgument(caller, 3) ?? envFileAt(caller, 1)?.port,
    definition: undefined,
    command: text,
    type: detectType(words),
    script: script === undefined ? undefined : host.readText(resolve(call.cwd, script)),
  });
  return port === undefined ? { ...value(""), status: 1 } : value(port);
};

/** `tsm_generate_process_name <command> <port|none> [name] [env file] [name of the env file]` */
export const processNameOf: ServiceFunction = async (caller) => {
  const { call, host, services } = caller;
  const base = nameBase(host, {
    option: argument(caller, 2),
    envFile: argument(caller, 4) ?? envFileAt(caller, 3)?.name,
    words: typed(caller, required(caller, 0, "command")).words,
    folder: call.cwd,
  });
  const world = { nowMs: systemClock.now(), existing: services.names() };
  return value(processName(base, portArgument(caller, 1), world));
};

/** `tsm_calculate_uptime <unix seconds>` */
export const uptimeSince: ServiceFunction = async (caller) => {
  const text = argument(caller, 0) ?? "";
  const seconds = Math.floor(systemClock.now() / 1000) - Number(text);
  const isTime = /^[0-9]+$/.test(text) && seconds >= 0 && seconds <= TEN_YEARS;
  return isTime ? value(uptimeText(seconds)) : { ...value("-"), status: 1 };
};

const TEN_YEARS = 315_360_000;

/** The reference's section 2. */
function uptimeText(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

/** A command that is one argument, taken apart; an empty one has no words. */
function typed({ host, call }: ServiceCaller, command = ""): Pick<TypedCommand, "words" | "text"> {
  return command.trim() === "" ? { words: [], text: "" } : typedCommand(host, [command], call.cwd);
}

/** An env file that is there; one that is not says nothing. */
function envFileAt(caller: ServiceCaller, at: number): EnvFile | undefined {
  const { call, host } = caller;
  const given = argument(caller, at);
  const path = given === undefined ? undefined : resolve(call.cwd, given);
  return path !== undefined && host.isFile(path) ? readEnvFile(host, path, call.env) : undefined;
}
