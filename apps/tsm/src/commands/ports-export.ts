import { usageError } from "@tetra/cli-kit";
import { EXPORT_FORMATS, exportPorts, readPortsConfig } from "@tetra/tsm/ports";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { TsmRun } from "../app.ts";
import { givenFile } from "../ports/given-file.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm ports export <file> [toml|json|env]`, `-` for standard output */
export const run: TsmRun = async (args, app) => {
  const [file = "", word = "toml"] = args.rest(0);
  const format = EXPORT_FORMATS.find((each) => each === word);
  if (format === undefined) {
    throw usageError(
      `ports export: there is no format ${JSON.stringify(word)}`,
      `use ${EXPORT_FORMATS.join(", ")}`,
    );
  }
  const text = exportPorts(readPortsConfig(portWorld(app).store), format);
  if (file === "-") return app.out.data(text);
  givenFile(file, () => writeFileSync(resolve(app.cwd(), file), text));
  if (app.out.mode === "json") app.out.json({ file, format });
  else app.out.print(`✅ ${file}`);
};
