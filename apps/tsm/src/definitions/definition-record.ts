import { isTetraError } from "@tetra/errors";
import type { DefinitionStore, ServiceKeys, StoredDefinition } from "@tetra/tsm/definitions";

/** What `--json` says of a definition. */
export interface DefinitionRecord {
  readonly name: string;
  readonly org?: string;
  readonly address: string;
  readonly enabled: boolean;
  readonly file: string;
  /** Its keys, as in tsm.yaml. Absent: it cannot be read. */
  readonly definition?: ServiceKeys;
  readonly warnings: readonly string[];
  /** Why it cannot be read. */
  readonly problem?: string;
}

/** A definition as it is kept; one that is broken says so. */
export function definitionRecord(
  definitions: DefinitionStore,
  stored: StoredDefinition,
): DefinitionRecord {
  const { name, org, address, isEnabled: enabled, file } = stored;
  const about = { name, ...(org === undefined ? {} : { org }), address, enabled, file };
  try {
    const { keys, warnings } = definitions.read(stored);
    return { ...about, definition: keys, warnings };
  } catch (error) {
    if (!isTetraError(error)) throw error;
    return { ...about, warnings: [], problem: error.message };
  }
}

/** A command as one text. */
export function commandText({ command, script, args = [] }: ServiceKeys): string {
  const words = script === undefined ? command : [script, ...args];
  return typeof words === "string" ? words : (words ?? []).join(" ");
}

/** The keys and values of a definition, a line each. */
export function keyLines(keys: ServiceKeys): readonly string[] {
  return Object.entries(keys).map(([key, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return `  ${key}: ${text}`;
  });
}
