import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path/posix";
import { isSystemError } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import type { DefinitionErrorCode } from "./errors.ts";
import { evaluateConfig } from "./evaluate-config.ts";
import { importDump } from "./import-pm2-dump.ts";
import { importEcosystem } from "./import-pm2.ts";
import { importProcessCompose } from "./import-process-compose.ts";
import { importProcfile } from "./import-procfile.ts";
import type { Imported } from "./import-report.ts";
import { parseYamlFile } from "./yaml-file.ts";

/** What can be imported. */
export type ImportKind = "pm2" | "pm2-dump" | "procfile" | "process-compose";

/** How a file is imported. */
export interface ImportOptions {
  /** The folder that the result will be in; absolute. Default: that of the file. */
  readonly folder?: string;
  /** Which `env_<name>` of pm2 is taken. */
  readonly env?: string | undefined;
  /** What a JavaScript configuration is executed with. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How long that may take. Default: 10 s. */
  readonly timeoutMs?: number;
}

/** What was imported. */
export interface ImportedFile extends Imported {
  readonly kind: ImportKind;
  /** Whether the file was a program, which was run. */
  readonly wasExecuted: boolean;
}

/**
 * Reads what another manager was told: pm2's `ecosystem.config` or `dump.pm2`, a Procfile, a file of
 * process-compose. A JavaScript configuration is executed, in a process of its own; nothing else is.
 * @param file absolute
 * @throws TetraError `IMPORT_FAILED`, `INVALID_DEFINITION` for broken YAML or JSON
 */
export async function importFile(file: string, options: ImportOptions): Promise<ImportedFile> {
  const text = textOf(file);
  const context = {
    folder: options.folder ?? dirname(file),
    cpus: availableParallelism(),
    env: options.env,
  };
  if (/\.[cm]?js$/.test(file)) {
    const { environment, timeoutMs = 10_000 } = options;
    const config = await evaluateConfig(file, { environment, timeoutMs });
    return { ...known(file, importEcosystem(config, context)), kind: "pm2", wasExecuted: true };
  }
  if (/^Procfile/i.test(basename(file)) || /\.procfile$/i.test(file)) {
    const hasEnvFile = existsSync(join(dirname(file), ".env"));
    const imported = known(file, importProcfile(text, { hasEnvFile }));
    return { ...imported, kind: "procfile", wasExecuted: false };
  }
  const value = jsonIn(text) ?? (await parseYamlFile(text, file)).value;
  const ways = [
    ["process-compose", () => importProcessCompose(value)],
    ["pm2-dump", () => importDump(value, context)],
    ["pm2", () => importEcosystem(value, context)],
  ] as const;
  for (const [kind, way] of ways) {
    const imported = way();
    if (imported !== undefined) return { ...imported, kind, wasExecuted: false };
  }
  throw unknownFile(file);
}

/** JSON is YAML too, but a large dump is read faster so; what is broken is told by the YAML parser. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function known(file: string, imported: Imported | undefined): Imported {
  if (imported === undefined) throw unknownFile(file);
  return imported;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw new TetraError<DefinitionErrorCode>(
      "IMPORT_FAILED",
      `${file}: ${cause.code === "ENOENT" ? "there is no such file" : `cannot be read (${cause.code})`}`,
      { hint: "look at the path", details: { file }, cause },
    );
  }
}

function unknownFile(file: string): TetraError<DefinitionErrorCode> {
  return new TetraError("IMPORT_FAILED", `${file}: is none of the files that can be imported`, {
    hint: "give an ecosystem.config.js, a dump.pm2, a Procfile or a process-compose.yaml",
    details: { file },
  });
}
