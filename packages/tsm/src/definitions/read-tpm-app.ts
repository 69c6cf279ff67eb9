import { existsSync } from "node:fs";
import { basename } from "node:path/posix";
import { TetraError } from "@tetra/errors";
import { isRecord } from "../files/lenient.ts";
import { scriptNotFound } from "../launch/interpreter.ts";
import type { TpmApp } from "../launch/plan-tpm-app.ts";
import { stated } from "../launch/stated.ts";
import type { DefinitionErrorCode } from "./errors.ts";
import { evaluateConfig, type EvaluateOptions } from "./evaluate-config.ts";
import { appsIn } from "./import-pm2.ts";
import { scalarOf } from "./import-report.ts";

const TIMEOUT_MS = 10_000;
const LOOKED_AT: ReadonlySet<string> = new Set(["name", "script", "cwd", "env"]);

/** How it is read. */
export interface ReadTpmAppOptions {
  /** What the file is executed with. */
  readonly environment: EvaluateOptions["environment"];
  /** How long that may take. Default: 10 s. */
  readonly timeoutMs?: number;
}

/**
 * Reads the first app of an `ecosystem.config.cjs`. The file is **executed**, in a process of its own.
 * @param file absolute
 * @throws TetraError `SCRIPT_NOT_FOUND` when it is not there, `IMPORT_FAILED`
 */
export async function readTpmApp(
  file: string,
  { environment, timeoutMs = TIMEOUT_MS }: ReadTpmAppOptions,
): Promise<TpmApp> {
  if (!existsSync(file)) throw scriptNotFound(basename(file), "look at its path");
  const [app] = appsIn(await evaluateConfig(file, { environment, timeoutMs })) ?? [];
  const script = app?.["script"];
  if (app === undefined || typeof script !== "string") throw noApp(file);
  const text = (key: string): string | undefined =>
    app[key] === undefined ? undefined : scalarOf(app[key]);
  const { env } = app;
  const variables = Object.entries(isRecord(env) ? env : {}).filter(([, value]) => value != null);
  return {
    script,
    environment: Object.fromEntries(variables.map(([key, value]) => [key, scalarOf(value)])),
    ignored: Object.keys(app).filter((key) => !LOOKED_AT.has(key)),
    ...stated({ name: text("name"), cwd: text("cwd") }),
  };
}

function noApp(file: string): TetraError<DefinitionErrorCode> {
  return new TetraError("IMPORT_FAILED", `${file}: its first app has no script`, {
    hint: "export { apps: [{ name, script, cwd, env }] }",
    details: { file },
  });
}
