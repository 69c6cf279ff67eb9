import { importPorts } from "@tetra/tsm/ports";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { TsmRun } from "../app.ts";
import { givenFile } from "../ports/given-file.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm ports import <file>`: 1 when a name could not be taken over */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const file = args.at(0) ?? "";
  const text = givenFile(file, () => readFileSync(resolve(app.cwd(), file), "utf8"));
  const report = await importPorts(portWorld(app).store, text, file);
  if (out.mode === "json") out.json(report);
  else {
    const { added, changed, unchanged, refused } = report;
    for (const { name, port, other } of refused) {
      out.print(`❌ ${name}: port ${port} is already assigned to ${other}`);
    }
    out.print(`added ${added.length}, changed ${changed.length}, unchanged ${unchanged.length}`);
  }
  return report.refused.length === 0 ? 0 : 1;
};
