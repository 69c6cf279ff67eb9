import { type CommandLineErrorCode, usageError } from "@tetra/cli-kit";
import { TetraError } from "@tetra/errors";
import { openServices, type Services, systemClock } from "@tetra/tsm";
import { type LaunchHost, nodeLaunchHost } from "@tetra/tsm/launch";
import { join, resolve } from "node:path/posix";
import type { TtmErrorCode } from "../../errors.ts";
import type { ShellAnswer, ShellCall } from "../shell-call.ts";

/** Who calls a function about services, and what it works with. Nothing of it outlives the call. */
export interface ServiceCaller {
  readonly call: ShellCall;
  /** The folder of the service manager. */
  readonly folder: string;
  readonly services: Services;
  /** The machine as planning sees it. */
  readonly host: LaunchHost;
}

/** A function about services. What the caller did wrong may be thrown. */
export type ServiceFunction = (caller: ServiceCaller) => Promise<ShellAnswer>;

/** @throws TetraError `NO_DATA_ROOT` */
export function serviceCaller(call: ShellCall): ServiceCaller {
  const { TETRA_DIR: given = "", USER: by } = call.env;
  if (given === "") {
    throw new TetraError<TtmErrorCode>("NO_DATA_ROOT", "TETRA_DIR environment variable not set", {
      hint: `say where the data is, for example: export TETRA_DIR="$HOME/.tetra"`,
    });
  }
  const root = resolve(call.cwd, given);
  const folder = join(root, "tsm");
  const services = openServices({ folder, via: "tsm.sh", ...(by ? { by } : {}) });
  const serviceNames = (): readonly string[] => services.names();
  return {
    call,
    folder,
    services,
    host: nodeLaunchHost({ tetraDir: root, clock: systemClock, serviceNames }),
  };
}

/** An argument; an empty one counts as absent, as in `${1:-}`. */
export function argument({ call }: Pick<ServiceCaller, "call">, at: number): string | undefined {
  return call.args[at] || undefined;
}

/** An argument that there must be. @throws TetraError `USAGE` */
export function required({ call }: Pick<ServiceCaller, "call">, at: number, what: string): string {
  const given = call.args[at];
  if (given) return given;
  throw usage(call, `${what} required`);
}

/** A number that there must be. @throws TetraError `USAGE` */
export function requiredNumber(caller: ServiceCaller, at: number, what: string): number {
  const text = required(caller, at, what);
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw usage(caller.call, `${what}: ${JSON.stringify(text)} is no number`);
}

/** A port, or `undefined` for `none`. @throws TetraError `USAGE` */
export function portArgument(caller: ServiceCaller, at: number): number | undefined {
  const text = argument(caller, at);
  if (text === undefined || text === "none") return undefined;
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  if (port > 0 && port < 65_536) return port;
  throw usage(caller.call, `${JSON.stringify(text)} is no port`);
}

function usage({ name }: ShellCall, message: string): TetraError<CommandLineErrorCode> {
  return usageError(`${name}: ${message}`, "see the reference of the shell functions");
}
