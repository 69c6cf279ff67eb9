import { type Piece, styled, table } from "@tetra/cli-kit";
import type { TsmRun } from "../app.ts";
import {
  commandText,
  type DefinitionRecord,
  definitionRecord,
  keyLines,
} from "../definitions/definition-record.ts";
import { openedDefinitions } from "../opened-definitions.ts";

/** `tsm services` */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const definitions = openedDefinitions(app);
  const isWanted = ({ enabled }: DefinitionRecord): boolean =>
    args.has("enabled") === args.has("disabled") || enabled === args.has("enabled");
  const records = definitions
    .list()
    .map((stored) => definitionRecord(definitions, stored))
    .filter(isWanted);
  if (out.mode === "json") out.json({ services: records });
  else if (records.length === 0) out.print("No services found.");
  else if (args.has("details")) out.printAll(records.flatMap(blockOf));
  else out.printAll(table(records.map(rowOf), { columns: out.columns, shrink: 2 }));
};

function rowOf({ address, enabled, definition, problem }: DefinitionRecord): readonly Piece[] {
  const isOn = enabled ? styled("enabled", "green") : "-";
  if (definition === undefined) return [address, isOn, styled(problem ?? "", "red")];
  const { port } = definition;
  return [address, isOn, commandText(definition), ...(port === undefined ? [] : [`:${port}`])];
}

function blockOf(record: DefinitionRecord): readonly (readonly Piece[])[] {
  const { address, enabled, file, definition, problem } = record;
  return [
    [styled(address, "bold"), enabled ? " (enabled)" : ""],
    [`  file: ${file}`],
    ...(definition === undefined ? [[styled(`  ${problem ?? ""}`, "red")]] : []),
    ...(definition === undefined ? [] : keyLines(definition).map((line) => [line])),
  ];
}
