import type { SystemError } from "@tetra/durable-fs";
import { isTetraError, TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import { servicePaths } from "../files/layout.ts";
import { foundNames, readMeta } from "../files/store.ts";
import { stated } from "../launch/stated.ts";
import type { Exit } from "../supervise/restart-policy.ts";
import type { Begun } from "./begin-run.ts";
import { lastLines } from "./last-lines.ts";
import { livingProcesses } from "./leftovers.ts";
import type { Observed } from "./observe.ts";
import type { Parts } from "./parts.ts";
import { portHolder } from "./port-holder.ts";
import { COOKIE } from "./shim.ts";
import { PREHOOK_FAILED } from "./shim-command.ts";

/** How a run ended, for people. */
export function describeExit({ code, signal, reason }: Exit): string {
  if (signal !== null) return `killed by ${signal}`;
  return code === null ? (reason ?? "nobody saw how") : `exit status ${code}`;
}

/** The status of a shim that could not note what it had to. */
const UNWRITABLE = 74;

/** What to tell when a run has ended at once: how, its last words, and who has its port. */
export async function failedToStart(
  parts: Parts,
  { meta, shim, before }: Begun,
  observed: Observed,
): Promise<TetraError<TsmErrorCode>> {
  const { name, port, care } = meta;
  const paths = servicePaths(parts.layout, name);
  if (shim.exitCode === UNWRITABLE) {
    return new TetraError("LOG_UNWRITABLE", `${name}: nothing can be written to ${paths.journal}`, {
      hint: "make room on the disk",
      details: { name, path: paths.journal },
    });
  }
  const exit = observed.exit ?? { code: null, signal: null, reason: "its shim hangs" };
  const hasHookFailed = meta.prehook !== "" && exit.code === PREHOOK_FAILED;
  const errors = care.mergeOutput === true ? paths.out : paths.err;
  const stderr = hasHookFailed
    ? lastLines(paths.wrapperErr, before.wrapper)
    : lastLines(errors, before.err);
  const holder =
    port === undefined
      ? undefined
      : portHolder(parts.platform, port, await livingProcesses(parts, meta));
  const details = { name, exit, stderr };
  if (holder === undefined) {
    return new TetraError(
      "START_FAILED",
      `${name}: the ${hasHookFailed ? "prehook failed" : "command ended at once"}: ${describeExit(exit)}`,
      {
        hint: stderr.length === 0 ? "look at its log: it printed no error" : "read its last lines",
        details,
      },
    );
  }
  const who = holder.pid === undefined ? "another user" : `pid ${holder.pid} (${holder.command})`;
  return new TetraError(
    "PORT_IN_USE",
    `${name}: the command ended at once (${describeExit(exit)}), and port ${port} is in use by ${who}`,
    {
      hint: "stop that one, or use another port",
      details: { ...details, port, holder, ...stated({ service: serviceOf(parts, holder.pid) }) },
    },
  );
}

/** The service that a process belongs to, by the mark that all of its processes have. */
function serviceOf(parts: Parts, pid: number | undefined): string | undefined {
  const entry = pid === undefined ? undefined : parts.platform.process(pid);
  const cookie = entry === undefined ? "" : (parts.platform.environmentValue(entry, COOKIE) ?? "");
  if (cookie === "") return undefined;
  return foundNames(parts).find((name) => {
    try {
      return readMeta(parts, name)?.cookie === cookie;
    } catch (error) {
      if (isTetraError(error, "INVALID_META")) return false;
      throw error;
    }
  });
}

/** What to tell when the system did not start the shim. */
export function failedToSpawn(name: string, cause: SystemError): TetraError<TsmErrorCode> {
  return new TetraError("START_FAILED", `${name}: cannot be started: ${cause.message}`, {
    hint: "mend what the message says: too long arguments, too many processes, a folder that went away",
    details: { name },
    cause,
  });
}
