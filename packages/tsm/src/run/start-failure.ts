import type { SystemError } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import { servicePaths } from "../files/layout.ts";
import type { Meta } from "../files/meta.ts";
import type { Exit } from "../supervise/restart-policy.ts";
import { lastLines } from "./last-lines.ts";
import { livingProcesses } from "./leftovers.ts";
import type { Observed } from "./observe.ts";
import type { Parts } from "./parts.ts";
import { portHolder } from "./port-holder.ts";

/** How a run ended, for people. */
export function describeExit({ code, signal, reason }: Exit): string {
  if (signal !== null) return `killed by ${signal}`;
  return code === null ? (reason ?? "nobody saw how") : `exit status ${code}`;
}

/** What to tell when a run has ended at once: how, its last words, and who has its port. */
export function failedToStart(
  parts: Parts,
  meta: Meta,
  { observed, errLength }: { readonly observed: Observed; readonly errLength: number },
): TetraError<TsmErrorCode> {
  const { name, port } = meta;
  const exit = observed.exit ?? { code: null, signal: null, reason: "its shim hangs" };
  const stderr = lastLines(servicePaths(parts.layout, name).err, errLength);
  const holder =
    port === undefined ? undefined : portHolder(parts.platform, port, livingProcesses(parts, meta));
  const details = { name, exit, stderr };
  if (holder === undefined) {
    return new TetraError(
      "START_FAILED",
      `${name}: the command ended at once: ${describeExit(exit)}`,
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
    { hint: "stop that one, or use another port", details: { ...details, port, holder } },
  );
}

/** What to tell when the system did not start the shim. */
export function failedToSpawn(name: string, cause: SystemError): TetraError<TsmErrorCode> {
  return new TetraError("START_FAILED", `${name}: cannot be started: ${cause.message}`, {
    hint: "mend what the message says: too long arguments, too many processes, a folder that went away",
    details: { name },
    cause,
  });
}
