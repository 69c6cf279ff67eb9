import { TetraError } from "@tetra/errors";
import type { PortsErrorCode } from "./errors.ts";
import { parsePortsConfig } from "./ports-config.ts";

const TABLE = /^\s*\[/;
const PORTS_TABLE = /^\s*\[\s*(?:ports|"ports"|'ports')\s*\]\s*(?:#.*)?$/;
const ENTRY = /^(\s*)([A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')(\s*=\s*)([^\s#]+)(\s*(?:#.*)?)$/;
const BARE = /^[A-Za-z0-9_-]+$/;

/**
 * Sets a name's port in the text of `ports.toml`, or takes the name out (`undefined`): one line is
 * changed, put in, or left out. Comments, blanks and the order of everything else stay.
 * @param file its name, for errors
 * @throws TetraError `INVALID_PORTS_FILE` when the file is wrong, or written so that no line can be changed.
 */
export function editPortsToml(
  text: string,
  file: string,
  { name, port }: { readonly name: string; readonly port: number | undefined },
): string {
  const before = parsePortsConfig(text, file).ports;
  const wanted = new Map(before);
  if (port === undefined) wanted.delete(name);
  else wanted.set(name, port);

  const lines = text.split("\n");
  const place = entryLine(lines, name);
  const edited = place === undefined ? withLine(lines, name, port) : changed(lines, place, port);
  const after = edited.join("\n");
  // whatever the file plays with (dotted keys, inline tables, brackets in texts), nothing else may change
  if (isSame(readBack(after, file), wanted)) return after;
  throw new TetraError<PortsErrorCode>(
    "INVALID_PORTS_FILE",
    `${file}: "${name}" is written so that it cannot be changed safely`,
    { hint: `edit it by hand, as a line of its own below [ports]`, details: { file, name } },
  );
}

function readBack(text: string, file: string): ReadonlyMap<string, number> | undefined {
  try {
    return parsePortsConfig(text, file).ports;
  } catch {
    return undefined; // the text was right before, so the edit is what is wrong with it
  }
}

function isSame(
  a: ReadonlyMap<string, number> | undefined,
  b: ReadonlyMap<string, number>,
): boolean {
  return a?.size === b.size && [...b].every(([name, port]) => a.get(name) === port);
}

/** The number of the first line, after its heading, and after the last of the table's lines. */
function tableLines(
  lines: readonly string[],
): { readonly from: number; readonly to: number } | undefined {
  const heading = lines.findIndex((line) => PORTS_TABLE.test(line));
  if (heading === -1) return undefined;
  const next = lines.findIndex((line, at) => at > heading && TABLE.test(line));
  return { from: heading + 1, to: next === -1 ? lines.length : next };
}

function entryLine(lines: readonly string[], name: string): number | undefined {
  const table = tableLines(lines);
  if (table === undefined) return undefined;
  const isEntry = (line: string): boolean => {
    const [, , key = ""] = ENTRY.exec(line) ?? [];
    return key !== "" && keyText(key) === name;
  };
  const at = lines.findIndex(
    (line, index) => index >= table.from && index < table.to && isEntry(line),
  );
  return at === -1 ? undefined : at;
}

function keyText(key: string): string | undefined {
  if (key.startsWith("'")) return key.slice(1, -1);
  if (!key.startsWith('"')) return key;
  try {
    const read: unknown = JSON.parse(key);
    return typeof read === "string" ? read : undefined;
  } catch {
    return undefined; // an escape that only TOML has
  }
}

function changed(lines: readonly string[], at: number, port: number | undefined): string[] {
  if (port === undefined) return lines.toSpliced(at, 1);
  const line = (lines[at] ?? "").replace(
    ENTRY,
    (_line, indent: string, key: string, equals: string, _value: string, rest: string) =>
      `${indent}${key}${equals}${port}${rest}`,
  );
  return lines.with(at, line);
}

function withLine(lines: readonly string[], name: string, port: number | undefined): string[] {
  if (port === undefined) return [...lines];
  const line = `${BARE.test(name) ? name : JSON.stringify(name)} = ${port}`;
  const table = tableLines(lines);
  if (table !== undefined) {
    const body = lines.slice(table.from, table.to);
    const last = body.findLastIndex((text) => ENTRY.test(text));
    return lines.toSpliced(table.from + last + 1, 0, line);
  }
  const isEmpty = lines.every((text) => text.trim() === "");
  const end = lines.at(-1) === "" ? lines.slice(0, -1) : lines;
  return isEmpty ? ["[ports]", line, ""] : [...end, "", "[ports]", line, ""];
}
