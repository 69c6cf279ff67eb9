import { styled } from "@tetra/cli-kit";
import type { TsmRun } from "../app.ts";
import { definitionRecord, keyLines } from "../definitions/definition-record.ts";
import { openedDefinitions } from "../opened-definitions.ts";

/** `tsm show <name>` */
export const run: TsmRun = async (args, app) => {
  const { out, err } = app;
  const definitions = openedDefinitions(app);
  const stored = definitions.find(args.at(0) ?? "");
  const { keys } = definitions.read(stored); // a broken one is refused, with the place
  const record = definitionRecord(definitions, stored);
  if (out.mode === "json") {
    out.json(record);
    return;
  }
  out.print(styled(`Service: ${stored.address}`, "bold"));
  out.print(`  file: ${stored.file}`);
  out.print(`  status: ${stored.isEnabled ? "enabled" : "disabled"}`);
  out.printAll(keyLines(keys).map((line) => [line]));
  for (const warning of record.warnings) err.print(`⚠️  ${warning}`);
};
