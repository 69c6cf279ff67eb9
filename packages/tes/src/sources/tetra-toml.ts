import { TetraError } from "@tetra/errors";
import { parse, TomlError } from "smol-toml";
import type { ResolveErrorCode } from "../errors.ts";
import type { EndpointSource } from "./endpoint-source.ts";
import { sourcedBy } from "./fields-of.ts";
import type { KeyLines } from "./key-lines.ts";
import { formatProblem, type Problem } from "./problem.ts";
import { misspelledKeys, schemaProblems } from "./schema-problems.ts";
import { connectorFields, environmentFields, symbolFields } from "./tetra-toml-fields.ts";
import { SECTION_KEYS, type TetraToml, tetraToml } from "./tetra-toml-schema.ts";
import { withMissingCommas } from "./toml-commas.ts";
import { tomlKeyLines } from "./toml-key-lines.ts";

/** A `tetra.toml` that was read, and where its keys are. */
interface ReadToml {
  readonly value: unknown;
  readonly lines: () => KeyLines;
}

const NOT_TOML = { severity: "error", code: "INVALID_CONFIG" } as const;

/**
 * The endpoints of a `tetra.toml` (or an organisation's `.toml`) as a source. Of its sections,
 * `[connectors]` goes before `[environments.*]`, and that before `[symbols]`, value by value.
 * @throws TetraError `INVALID_CONFIG` naming the file, the line, and the column or the key.
 */
export function tetraTomlSource(text: string, file: string): EndpointSource {
  const { config, lines } = readChecked(text, file);
  const bySymbol = environmentsBySymbol(config);
  const keyLines = lines();
  const sourced = (path: readonly string[]) =>
    sourcedBy((key: string) => {
      const line = keyLines.of([...path, key]);
      const place = line === undefined ? { file } : { file, line };
      return { source: "tetra.toml", ...place, key: keyText(path, key) };
    });

  return {
    name: "tetra.toml",
    file,
    symbols: [
      ...new Set([
        ...Object.keys(config.connectors ?? {}),
        ...bySymbol.keys(),
        ...Object.keys(config.symbols ?? {}),
      ]),
    ],
    fields(symbol) {
      const connector = ownEntry(config.connectors, symbol);
      const name = bySymbol.get(symbol);
      const environment = name === undefined ? undefined : ownEntry(config.environments, name);
      const entry = ownEntry(config.symbols, symbol);
      if (connector === undefined && environment === undefined && entry === undefined) {
        return undefined;
      }
      return {
        ...(entry && symbolFields(entry, sourced(["symbols", symbol]))),
        ...(environment && environmentFields(environment, sourced(["environments", name ?? ""]))),
        ...(connector && connectorFields(connector, sourced(["connectors", symbol]))),
      };
    },
  };
}

/** Everything that is wrong with the text of a `tetra.toml`. */
export function checkTetraToml(text: string, file: string): readonly Problem[] {
  const read = readToml(text, file);
  if ("message" in read) return [read];
  const document = { file, code: "INVALID_CONFIG", lines: read.lines } as const;
  return isTetraToml(read.value)
    ? misspelledInSections(read.value, document)
    : schemaProblems(tetraToml.safeParse(read.value).error, document);
}

function readChecked(text: string, file: string): { config: TetraToml; lines: () => KeyLines } {
  const read = readToml(text, file);
  if ("message" in read) throw invalid(read);
  const { value, lines } = read;
  if (isTetraToml(value)) return { config: value, lines };
  const [problem] = checkTetraToml(text, file);
  throw invalid(problem ?? { ...NOT_TOML, file, message: "is not valid" });
}

function isTetraToml(value: unknown): value is TetraToml {
  return tetraToml.safeParse(value).success;
}

function misspelledInSections(
  config: TetraToml,
  document: Parameters<typeof misspelledKeys>[3],
): readonly Problem[] {
  return (["symbols", "connectors", "environments"] as const).flatMap((section) =>
    Object.entries(config[section] ?? {}).flatMap(([name, entry]) =>
      misspelledKeys([section, name], entry, SECTION_KEYS[section], document),
    ),
  );
}

/** Reads TOML, also with the commas left out that the original did not want. */
function readToml(text: string, file: string): ReadToml | Problem {
  try {
    return parsed(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const mended = withMissingCommas(text);
    try {
      if (mended !== text) return parsed(mended);
    } catch {
      // the first error's place is one in the text as it was written
    }
    const { line, column, message } = error;
    const [reason = ""] = message.replace(/^Invalid TOML document: /u, "").split("\n");
    return { ...NOT_TOML, file, line, column, message: `not TOML: ${reason}` };
  }
}

function parsed(toml: string): ReadToml {
  const value = parse(toml);
  let lines: KeyLines | undefined;
  return { value, lines: () => (lines ??= tomlKeyLines(toml)) };
}

function environmentsBySymbol(config: TetraToml): ReadonlyMap<string, string> {
  const bySymbol = new Map<string, string>();
  for (const [name, { symbol = `@${name}` }] of Object.entries(config.environments ?? {})) {
    if (!bySymbol.has(symbol)) bySymbol.set(symbol, name);
  }
  return bySymbol;
}

function ownEntry<Entry>(
  section: Readonly<Record<string, Entry>> | undefined,
  name: string,
): Entry | undefined {
  return section !== undefined && Object.hasOwn(section, name) ? section[name] : undefined;
}

function keyText(path: readonly string[], key: string): string {
  const [section = "", name = ""] = path;
  return section === "environments"
    ? `[environments.${name}] ${key}`
    : `[${section}] "${name}".${key}`;
}

function invalid(problem: Problem): TetraError<ResolveErrorCode> {
  const { file, line, column, key } = problem;
  return new TetraError("INVALID_CONFIG", formatProblem(problem), {
    hint: "correct the file; `check` lists everything that is wrong with it",
    details: { file, line, column, key },
  });
}
