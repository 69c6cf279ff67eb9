import { basename, resolve } from "node:path/posix";
import { TetraError } from "@tetra/errors";
import type { ServiceEnvironment } from "../files/store.ts";
import { portFrom } from "./discover-port.ts";
import type { LaunchErrorCode } from "./errors.ts";
import { scriptNotFound } from "./interpreter.ts";
import type { LaunchHost } from "./launch-host.ts";
import type { Launch } from "./launch-request.ts";
import { detectType } from "./process-type.ts";
import { cleanName } from "./process-name.ts";
import { stated } from "./stated.ts";

/** What `tpm start <script> [name]` was given. */
export interface TpmRequest {
  readonly script: string;
  readonly name?: string;
  /** Where it is started, and runs; absolute. */
  readonly cwd: string;
  readonly environment: ServiceEnvironment;
}

/** TPM waits so long before it kills. */
export const STOP_TIMEOUT_MS = 3000;
const FIRST_PORT = 1024;

/**
 * Plans a start as TPM does: an executable script, a port, and `<base>-<PORT>` for a name.
 * @throws TetraError `SCRIPT_NOT_FOUND`, `PORT_NOT_SET`
 */
export function planTpm(host: LaunchHost, request: TpmRequest): Launch {
  const { script, name, cwd, environment } = request;
  const path = resolve(cwd, script);
  if (!host.isExecutable(path)) throw scriptNotFound(script, `chmod +x ${script}`);
  const said = environment["PORT"] ?? "";
  // as TPM: what the environment says is not checked
  const written = said === "" ? scriptPort(host.readText(path) ?? "") : said;
  const port = portFrom(written);
  const base = name ?? basename(path).replace(/\.sh$/, "");
  return {
    spec: {
      name: cleanName(`${base}-${written}`),
      command: [path],
      cwd,
      environment: { ...environment, PORT: written },
      stopTimeoutMs: STOP_TIMEOUT_MS,
      about: { interpreter: "", process_type: detectType([path]), env_file: "" },
      ...stated({ port }),
    },
    portSource: said === "" ? "script" : "environment",
    warnings: port === undefined ? [`PORT=${written} of the environment is no port`] : [],
  };
}

/** The number that the first line with `PORT=` or `export PORT=` assigns. */
function scriptPort(text: string): string {
  const [, line = ""] = /^[ \t]*(?:export[ \t]+)?PORT=(.*)$/m.exec(text) ?? [];
  const [, written = ""] = /^[ \t]*(["']?)([0-9]+)\1[ \t]*(?:#.*)?$/.exec(line)?.slice(1) ?? [];
  const port = portFrom(written);
  if (port !== undefined && port >= FIRST_PORT) return String(port);
  throw new TetraError<LaunchErrorCode>("PORT_NOT_SET", "PORT not set; no valid PORT= in script", {
    hint: "set PORT, or write PORT= with a number from 1024 to 65535 into the script",
    details: { line },
  });
}
