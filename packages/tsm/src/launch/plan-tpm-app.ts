import { basename, dirname, resolve } from "node:path/posix";
import { TetraError } from "@tetra/errors";
import type { ServiceEnvironment } from "../files/store.ts";
import { portFrom } from "./discover-port.ts";
import type { LaunchErrorCode } from "./errors.ts";
import { resolveInterpreter, scriptNotFound } from "./interpreter.ts";
import type { LaunchHost } from "./launch-host.ts";
import type { Launch } from "./launch-request.ts";
import { STOP_TIMEOUT_MS } from "./plan-tpm.ts";
import { detectType, scriptType } from "./process-type.ts";

/** What TPM takes of an app of an `ecosystem.config.cjs`. */
export interface TpmApp {
  readonly name?: string;
  readonly script: string;
  /** As seen from the file's folder. Default: that folder. */
  readonly cwd?: string;
  /** Its `env`. */
  readonly environment: ServiceEnvironment;
  /** What else it says, which TPM does not look at. */
  readonly ignored: readonly string[];
}

/** What `tpm start ecosystem.config.cjs [name]` was given. */
export interface TpmAppRequest {
  /** The first app in the file. */
  readonly app: TpmApp;
  /** The file; absolute. */
  readonly file: string;
  readonly name?: string;
  /** What the app's own is put over. */
  readonly environment: ServiceEnvironment;
}

/** Whether a file is a configuration with apps, by its name. */
export function isEcosystemFile(path: string): boolean {
  return /\.config\.[cm]?js$/.test(basename(path));
}

/**
 * Plans the start of an app as TPM does: under its name as it is, with its own `PORT`, else that of the
 * environment. The script gets its interpreter.
 * @throws TetraError `SCRIPT_NOT_FOUND`, `PORT_NOT_SET`
 */
export function planTpmApp(host: LaunchHost, request: TpmAppRequest): Launch {
  const { app, file } = request;
  const { script } = app;
  const folder = resolve(dirname(file), app.cwd ?? ".");
  const path = resolve(folder, script);
  const isRunnable = scriptType(path) === undefined ? host.isExecutable(path) : host.isFile(path);
  if (!isRunnable) throw scriptNotFound(script, `look at the path in ${basename(file)}`);
  const environment = { ...request.environment, ...app.environment };
  const port = portFrom(environment["PORT"]);
  if (port === undefined) throw noPort(file);
  const { words, interpreter } = resolveInterpreter(host, { words: [path], folder, environment });
  const isOwn = app.environment["PORT"] !== undefined;
  return {
    spec: {
      name: request.name ?? app.name ?? basename(script).replace(/\.[a-z]+$/, ""),
      command: words,
      cwd: folder,
      environment,
      port,
      stopTimeoutMs: STOP_TIMEOUT_MS,
      about: { interpreter, process_type: detectType(words), env_file: "" },
    },
    portSource: isOwn ? "definition" : "environment",
    warnings:
      app.ignored.length === 0
        ? []
        : [
            `tpm does not look at ${app.ignored.join(", ")}: tsm import takes more of the file over`,
          ],
  };
}

function noPort(file: string): TetraError<LaunchErrorCode> {
  return new TetraError("PORT_NOT_SET", `PORT not set; no valid env.PORT in ${basename(file)}`, {
    hint: "set env: { PORT: … } of its first app to a number from 1 to 65535",
    details: { file },
  });
}
