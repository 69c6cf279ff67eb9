import { type Imported, importedName, type ImportedField } from "./import-report.ts";
import type { ServiceKeys } from "./service-keys.ts";

/** Where foreman begins to give ports, and how far apart. */
const FIRST_PORT = 5000;
const PORTS_APART = 100;

/** What an import from a Procfile is made with. */
export interface ProcfileContext {
  /** Whether there is a `.env` beside it, which foreman reads. */
  readonly hasEnvFile: boolean;
}

/**
 * Translates a Procfile: `name: command` lines. A process whose command has `$PORT` gets the one that
 * foreman would give it.
 * @returns `undefined` when no line is one; a line that is none is left out, as foreman does, and reported
 */
export function importProcfile(
  text: string,
  { hasEnvFile }: ProcfileContext,
): Imported | undefined {
  const lines = text
    .split(/\r?\n/)
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== "" && !line.startsWith("#"))
    .map(({ line, number }) => ({ number, entry: /^([A-Za-z0-9_-]+):\s*(.+)$/.exec(line) }));
  const entries = lines.flatMap(({ entry }) => (entry === null ? [] : [entry]));
  if (entries.length === 0) return undefined;
  const services: Record<string, ServiceKeys> = {};
  const report: ImportedField[] = [];
  for (const { number, entry } of lines) {
    if (entry !== null) continue;
    const note = "it is no name, colon and command";
    report.push({ service: "(file)", field: `line ${number}`, outcome: "dropped", note });
  }
  entries.forEach(([, given = "", command = ""], index) => {
    const service = importedName(given, Object.keys(services));
    const port = /\$\{?PORT\b/.test(command) ? FIRST_PORT + index * PORTS_APART : undefined;
    const isRelease = given === "release";
    services[service] = {
      command,
      ...(port === undefined ? {} : { port }),
      ...(hasEnvFile ? { env_file: ".env" } : {}),
      ...(isRelease ? { enabled: false } : {}),
    };
    report.push({ service, field: given, outcome: "carried", became: "command" });
    if (service !== given) {
      report.push({ service, field: given, outcome: "changed", became: "the service's name" });
    }
    if (port !== undefined) {
      report.push({
        service,
        field: "$PORT",
        outcome: "changed",
        became: "port",
        note: `${port}, as foreman would give it`,
      });
    }
    if (isRelease) {
      report.push({
        service,
        field: given,
        outcome: "changed",
        became: "enabled",
        note: `it runs once per release: not with the others, but by "tsm up release"`,
      });
    }
  });
  if (hasEnvFile) {
    report.push({ service: "(file)", field: ".env", outcome: "carried", became: "env_file" });
  }
  report.push({
    service: "(file)",
    field: "(foreman)",
    outcome: "changed",
    note: "foreman ends all when one ends: here each stands alone, and restart says what follows",
  });
  return { keys: { services }, report };
}
