import type { Arguments } from "@tetra/cli-kit";
import type { DefinitionStore, StoredDefinition } from "@tetra/tsm/definitions";
import type { App } from "../app.ts";
import { openedDefinitions } from "../opened-definitions.ts";

/** What is done to definitions, and how it is told. */
export interface Switch {
  /** @returns whether it was enabled before */
  readonly turn: (definitions: DefinitionStore, stored: StoredDefinition) => boolean;
  readonly told: (address: string, wasEnabled: boolean) => string;
}

/** Enables or disables the definitions that were named: all of them are there, or nothing is changed. */
export function switchDefinitions(args: Arguments, app: App, { turn, told }: Switch): void {
  const definitions = openedDefinitions(app);
  const found = args.rest(0).map((word) => definitions.find(word));
  const data = found.map((stored) => ({
    name: stored.address,
    wasEnabled: turn(definitions, stored),
  }));
  if (app.out.mode === "json") app.out.json({ success: true, data });
  else for (const { name, wasEnabled } of data) app.out.print(told(name, wasEnabled));
}
