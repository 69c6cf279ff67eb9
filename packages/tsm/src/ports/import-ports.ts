import { parsePortsConfig } from "./ports-config.ts";
import { editPortsToml } from "./edit-ports-toml.ts";
import { type PortStore, textOf, withPortLock, writeConfig } from "./port-store.ts";
import { readPortsConfig } from "./named-ports.ts";

/** What became of each name of an imported file. */
export interface PortsImport {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: readonly string[];
  /** Names whose port another name has, and which. */
  readonly refused: readonly {
    readonly name: string;
    readonly port: number;
    readonly other: string;
  }[];
}

/**
 * Takes the names of another `ports.toml` over. Its ranges and reserved ports are not: they are for a
 * person to decide.
 * @param from the other file's name, for errors
 * @throws TetraError `INVALID_PORTS_FILE`, `SERVICE_BUSY`; nothing is taken over then
 */
export async function importPorts(
  store: PortStore,
  text: string,
  from: string,
): Promise<PortsImport> {
  const theirs = parsePortsConfig(text, from).ports;
  return withPortLock(store, () => {
    const added: string[] = [];
    const changed: string[] = [];
    const unchanged: string[] = [];
    const refused: { name: string; port: number; other: string }[] = [];
    const ports = new Map(readPortsConfig(store).ports);
    let edited = textOf(store.fs, store.config);
    for (const [name, port] of theirs) {
      const before = ports.get(name);
      const other = [...ports].find(([known, has]) => has === port && known !== name)?.[0];
      if (before === port) unchanged.push(name);
      else if (other !== undefined) refused.push({ name, port, other });
      else {
        edited = editPortsToml(edited, store.config, { name, port });
        ports.set(name, port);
        (before === undefined ? added : changed).push(name);
      }
    }
    if (added.length + changed.length > 0) writeConfig(store.fs, store.config, edited);
    return { added, changed, unchanged, refused };
  });
}
