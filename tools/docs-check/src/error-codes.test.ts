import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const CODE = /"([A-Z][A-Z_]+)"/g;
const page = readFileSync(join(ROOT, "docs/errors.md"), "utf8");

/** Every `errors.ts` of the repository: of a package, or of one of its folders. */
function errorFiles(): readonly string[] {
  return ["packages", "apps"]
    .flatMap((group) =>
      readdirSync(join(ROOT, group)).map((name) => join(ROOT, group, name, "src")),
    )
    .flatMap((folder) => (existsSync(folder) ? withFolders(folder) : []))
    .map((folder) => join(folder, "errors.ts"))
    .filter((path) => existsSync(path));
}

function withFolders(folder: string): readonly string[] {
  return [folder].concat(readdirSync(folder).map((name) => join(folder, name)));
}

function codesIn(path: string): readonly string[] {
  return [...readFileSync(path, "utf8").matchAll(CODE)].map(([, code = ""]) => code);
}

/** The rows of the page: `| `CODE` | status | … |`. */
function rows(): ReadonlyMap<string, string> {
  const found = page.matchAll(/^\| `([A-Z_]+)` +\| (\S+) +\|/gm);
  return new Map([...found].map(([, code = "", status = ""]) => [code, status]));
}

it("docs/errors.md lists exactly the codes that the packages throw", () => {
  const thrown = new Set(errorFiles().flatMap(codesIn));

  expect([...rows().keys()].toSorted()).toEqual([...thrown].toSorted());
});

it.each(["ttm", "tsm"])("docs/errors.md gives each code the exit status of %s", (app) => {
  const source = readFileSync(join(ROOT, "apps", app, "src/exit-status.ts"), "utf8");
  const constants = new Map(
    [...source.matchAll(/const ([A-Z_]+) = (\d+);/g)].map(([, name = "", value = ""]) => [
      name,
      value,
    ]),
  );
  const statuses = [...source.matchAll(/^ {2}([A-Z_]+)(?:: ([A-Z_]+))?,$/gm)].map(
    ([, code = "", constant = code]) => [code, constants.get(constant)],
  );

  expect(statuses.length).toBeGreaterThan(10);
  expect(Object.fromEntries(rows())).toMatchObject(Object.fromEntries(statuses));
});
