import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PATIENCE_MS, temporaryFolder } from "./temporary-services.ts";

const PACKAGE = join(import.meta.dirname, "..");

const examples = [
  ...readFileSync(join(PACKAGE, "README.md"), "utf8").matchAll(/```js\n(.*?)```/gs),
].map(([, example = ""], at): [number, string] => [at + 1, example]);

it.each(examples)(
  "example %d of the README runs as written and prints what it says",
  (_number, example) => {
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
