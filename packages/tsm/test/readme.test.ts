import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PATIENCE_MS, temporaryFolder } from "./temporary-services.ts";

const PACKAGE = join(import.meta.dirname, "..");

it(
  "the example of the README runs as written and prints what it says",
  () => {
    const readme = readFileSync(join(PACKAGE, "README.md"), "utf8");
    const [, example = ""] = /```js\n(.*?)```/s.exec(readme) ?? [];
    const printing = example.split("\n").filter((line) => line.includes("console.log"));
    const said = printing.map((line) => `${line.slice(line.indexOf("// ") + 3)}\n`).join("");
    const inTemporary = example.replaceAll("/tmp/tsm-example", temporaryFolder());

    const printed = execFileSync(process.execPath, ["--input-type=module", "-e", inTemporary], {
      cwd: PACKAGE,
    });

    expect(said).not.toBe("");
    expect(printed.toString()).toBe(said);
  },
  PATIENCE_MS,
);
