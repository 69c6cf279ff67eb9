import { usageError } from "@tetra/cli-kit";
import { TetraError } from "@tetra/errors";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TsmRun } from "../app.ts";
import type { TsmCliErrorCode } from "../errors.ts";

/** `tsm init <env>` */
export const run: TsmRun = async (args, { out, cwd }) => {
  const name = args.at(0) ?? "";
  if (!/^[\w.-]+$/.test(name) || name.startsWith(".")) {
    throw usageError(
      `init: ${JSON.stringify(name)} cannot be a file's name`,
      "use local, dev, staging …",
    );
  }
  const file = join(cwd(), "env", `${name}.env`);
  if (existsSync(file)) {
    throw new TetraError<TsmCliErrorCode>("FILE_EXISTS", `${file} is there already`, {
      hint: "edit it, or use another name",
      details: { file },
    });
  }
  mkdirSync(join(cwd(), "env"), { recursive: true });
  writeFileSync(file, template(name), { flag: "wx", mode: 0o600 });
  const message = `✅ Created: ${file}`;
  if (out.mode === "json") out.json({ success: true, message, data: { file } });
  else out.printAll([[message], [`Start with it: tsm start --env ${name} <command>`]]);
};

function template(name: string): string {
  return [
    `# Environment "${name}" of the services in this folder: assignments, read and never executed.`,
    "export NODE_ENV=" + (name.startsWith("prod") ? "production" : "development"),
    "# export PORT=3000",
    "# export NAME=api",
    "",
  ].join("\n");
}
