import { stringify } from "smol-toml";
import type { PortsConfig } from "./ports-config.ts";

/** How named ports can be written: for `ports.toml`, for programs, for a shell or an env file. */
export const EXPORT_FORMATS = ["toml", "json", "env"] as const;

/** One of {@link EXPORT_FORMATS}. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** The named ports, ranges and reserved ports as text; `env` has the names only. */
export function exportPorts(config: PortsConfig, format: ExportFormat): string {
  if (format === "env") return portVariables(config);
  const value = {
    ports: Object.fromEntries(config.ports),
    port_ranges: Object.fromEntries(config.ranges.map(({ name, from, to }) => [name, [from, to]])),
    allocation: { strategy: "sequential" },
    reserved: Object.fromEntries(config.reserved),
  };
  return format === "json" ? `${JSON.stringify(value, undefined, 2)}\n` : stringify(value);
}

/** Lines of `NAME_PORT=4000`: upper case, everything else an underscore. */
function portVariables({ ports }: PortsConfig): string {
  return [...ports].map(([name, port]) => `${portVariable(name)}=${port}\n`).join("");
}

/** The variable that has a name's port: `devpages` has `DEVPAGES_PORT`. */
export function portVariable(name: string): string {
  const word = name.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_");
  return `${/^[0-9]/.test(word) ? "_" : ""}${word}_PORT`;
}
