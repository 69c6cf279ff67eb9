import { TetraError } from "@tetra/errors";
import { formatTsmYaml, type ImportedField, importFile } from "@tetra/tsm/definitions";
import { existsSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { App, TsmRun } from "../app.ts";
import { counted } from "../counted.ts";
import { reportLines } from "../definitions/import-report.ts";
import type { TsmCliErrorCode } from "../errors.ts";

/** What is looked for when no file is named. */
const KNOWN = [
  "ecosystem.config.js",
  "ecosystem.config.cjs",
  "ecosystem.config.mjs",
  "ecosystem.json",
  "process-compose.yaml",
  "process-compose.yml",
  "Procfile",
];

/** `tsm import [file]` */
export const run: TsmRun = async (args, app) => {
  const { out, err } = app;
  const file = resolve(app.cwd(), args.at(0) ?? foundFile(app));
  const isPrinted = args.value("output") === "-";
  const target = resolve(app.cwd(), args.value("output") ?? "tsm.yaml");
  if (!isPrinted && !args.has("force") && existsSync(target)) {
    throw new TetraError<TsmCliErrorCode>("FILE_EXISTS", `${target} is there already`, {
      hint: "replace it with --force, or name another with --output",
      details: { file: target },
    });
  }
  const folder = isPrinted ? app.cwd() : dirname(target);
  const imported = await importFile(file, {
    folder,
    environment: app.env,
    env: args.value("env"),
  });
  const { keys, report, kind, wasExecuted } = imported;
  const text = await formatTsmYaml(keys, `imported from ${file}`);
  if (isPrinted && out.mode !== "json") out.data(text);
  else if (!isPrinted) writeFileSync(target, text);
  if (out.mode === "json") {
    out.json({
      kind,
      file,
      wasExecuted,
      services: keys.services,
      report,
      ...(isPrinted ? {} : { written: target }),
    });
    return;
  }
  // the report must not end up in a file that the services are printed to
  const told = isPrinted ? err : out;
  if (wasExecuted) told.print(`${file} was executed, to know what it exports`);
  told.printAll(reportLines(report, told.columns));
  const count = (outcome: ImportedField["outcome"]): number =>
    report.filter((field) => field.outcome === outcome).length;
  told.print(
    `${counted(Object.keys(keys.services).length, "service")}: ${counted(count("carried"), "field")} carried over, ${count("changed")} changed, ${count("dropped")} dropped`,
  );
  if (!isPrinted) told.print(`✅ Written: ${target}; look at it, then: tsm up ${target}`);
};

function foundFile(app: App): string {
  const found = KNOWN.find((name) => existsSync(resolve(app.cwd(), name)));
  if (found !== undefined) return found;
  throw new TetraError<TsmCliErrorCode>(
    "FILE_UNUSABLE",
    `there is nothing to import in ${app.cwd()}`,
    {
      hint: `name the file; known are ${KNOWN.join(", ")} and dump.pm2`,
      details: { folder: app.cwd() },
    },
  );
}
