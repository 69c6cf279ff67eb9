import { TetraError } from "@tetra/errors";
import { parse, TomlError } from "smol-toml";
import { isRecord } from "../files/lenient.ts";
import type { PortsErrorCode } from "./errors.ts";
import { portFrom } from "./port-number.ts";

/** Ports from which one is chosen, both ends included. */
export interface PortRange {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** What `config/ports.toml` says. */
export interface PortsConfig {
  /** Names and their ports, in the order of the file. */
  readonly ports: ReadonlyMap<string, number>;
  readonly ranges: readonly PortRange[];
  /** Ports that are never given to a name, by the name of their group. */
  readonly reserved: ReadonlyMap<string, readonly number[]>;
}

/** What applies where the file has no such table. */
export const DEFAULT_RANGES: readonly PortRange[] = [
  { name: "development", from: 3000, to: 3999 },
  { name: "staging", from: 4000, to: 4999 },
  { name: "production", from: 5000, to: 5999 },
  { name: "testing", from: 6000, to: 6999 },
];

/** What applies where the file has no such table. */
const DEFAULT_RESERVED: ReadonlyMap<string, readonly number[]> = new Map([
  ["system", [22, 80, 443, 3306, 5432, 6379, 27017]],
  ["development", [3000, 8080, 9000]],
]);

/**
 * Reads the file; nothing in it is not an error: there are defaults.
 * @param file its name, for the error
 * @throws TetraError `INVALID_PORTS_FILE` naming file, line or key.
 */
export function parsePortsConfig(text: string, file: string): PortsConfig {
  const read = parseToml(text, file);
  const table = (key: string): Readonly<Record<string, unknown>> | undefined => {
    const value = read[key];
    if (value === undefined || isRecord(value)) return value;
    throw wrong(file, key, "is no table", `write [${key}]`);
  };
  const strategy = table("allocation")?.["strategy"];
  if (strategy !== undefined && strategy !== "sequential") {
    throw wrong(file, "allocation.strategy", "is not known", 'write "sequential"');
  }
  const ports = Object.entries(table("ports") ?? {}).map(([name, value]): [string, number] => {
    const port = portFrom(value);
    if (port !== undefined) return [name, port];
    throw wrong(file, `ports.${name}`, "is no port", "use a whole number from 1 to 65535");
  });
  const ranges = table("port_ranges");
  const reserved = table("reserved");
  return {
    ports: new Map(ports),
    ranges: ranges === undefined ? DEFAULT_RANGES : rangesOf(ranges, file),
    reserved: reserved === undefined ? DEFAULT_RESERVED : reservedOf(reserved, file),
  };
}

function parseToml(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [why = ""] = error.message.split("\n");
    throw new TetraError<PortsErrorCode>(
      "INVALID_PORTS_FILE",
      `${file}:${error.line}:${error.column}: ${why}`,
      { hint: "correct that line", details: { file, line: error.line }, cause: error },
    );
  }
}

function wrong(file: string, key: string, what: string, hint: string): TetraError<PortsErrorCode> {
  return new TetraError("INVALID_PORTS_FILE", `${file}: ${key} ${what}`, {
    hint,
    details: { file, key },
  });
}

/** `[3000, 3999]`, `"3000-3999"`, or a table of `start` or `from`, and `end` or `to`. */
function rangesOf(table: Readonly<Record<string, unknown>>, file: string): readonly PortRange[] {
  return Object.entries(table).map(([name, value]) => {
    const [from, to] = endsOf(value).map(portFrom);
    if (from !== undefined && to !== undefined && from <= to) return { name, from, to };
    throw wrong(file, `port_ranges.${name}`, "is no range", "write it as [3000, 3999]");
  });
}

function endsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.length === 2 ? value : [];
  if (typeof value === "string") return value.split("-").map((end) => end.trim());
  if (!isRecord(value)) return [];
  return [value["start"] ?? value["from"], value["end"] ?? value["to"]];
}

function reservedOf(
  table: Readonly<Record<string, unknown>>,
  file: string,
): ReadonlyMap<string, readonly number[]> {
  return new Map(
    Object.entries(table).map(([group, value]): [string, readonly number[]] => {
      const ports = Array.isArray(value) ? value.map(portFrom) : [undefined];
      const known = ports.filter((port) => port !== undefined);
      if (known.length === ports.length) return [group, known];
      throw wrong(file, `reserved.${group}`, "is no list of ports", "write it as [22, 80]");
    }),
  );
}

/**
 * The range of this name, or of the short form that people use: `dev`, `prod`, `test`.
 * @throws TetraError `INVALID_PORT` naming those there are.
 */
export function rangeOf({ ranges }: PortsConfig, name: string): PortRange {
  const found = ranges.find((range) => range.name === name);
  const begins = ranges.filter((range) => name !== "" && range.name.startsWith(name));
  const range = found ?? (begins.length === 1 ? begins[0] : undefined);
  if (range !== undefined) return range;
  throw new TetraError<PortsErrorCode>("INVALID_PORT", `there is no range of ports "${name}"`, {
    hint: `use one of ${ranges.map((known) => known.name).join(", ")}`,
    details: { range: name },
  });
}

/** The group of reserved ports that a port is in. */
export function reservedAs({ reserved }: PortsConfig, port: number): string | undefined {
  return [...reserved].find(([, ports]) => ports.includes(port))?.[0];
}
