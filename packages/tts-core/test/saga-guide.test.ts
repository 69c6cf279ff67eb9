import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, expect, it } from "vitest";

const PACKAGE = join(import.meta.dirname, "..");
const ROOT = join(PACKAGE, "../..");
const TIMEOUT_MS = 60_000;
const GUIDE = readFileSync(join(ROOT, "docs/sagas.md"), "utf8");
const [ORDER = "", PROGRAM = ""] = [...GUIDE.matchAll(/```ts\n(.*?)```/gs)].map(
  ([, example = ""]) => example,
);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "saga-guide-"));
  const scope = join(folder, "node_modules/@tetra");
  mkdirSync(scope, { recursive: true });
  symlinkSync(PACKAGE, join(scope, "tts-core"));
  symlinkSync(join(ROOT, "node_modules/@types"), join(folder, "node_modules/@types"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Compiles the program of the guide as a reader's project would. @returns what the compiler says */
function compile(order: string): string {
  const options = {
    extends: join(ROOT, "tsconfig.base.json"),
    compilerOptions: {
      rootDir: ".",
      outDir: "dist",
      types: ["node"],
      composite: false,
      incremental: false,
      declaration: false,
      declarationMap: false,
      isolatedDeclarations: false,
    },
    files: ["order.ts", "main.ts"],
  };
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
  writeFileSync(join(folder, "order.ts"), order);
  writeFileSync(join(folder, "main.ts"), PROGRAM);
  const tsc = join(ROOT, "node_modules/.bin/tsc");
  return spawnSync(tsc, ["-p", "."], { cwd: folder, encoding: "utf8" }).stdout;
}

it(
  "the program of docs/sagas.md compiles, runs as written and prints what it says",
  () => {
    const said = [...PROGRAM.matchAll(/\/\/ prints: (.*)$/gm)].map(([, text]) => `${text}\n`);

    expect(compile(ORDER)).toBe("");
    const main = join(folder, "dist/main.js");
    expect(execFileSync(process.execPath, [main], { encoding: "utf8" })).toBe(said.join(""));
    expect(said).toHaveLength(4);
  },
  TIMEOUT_MS,
);

it(
  "what the guide says does not compile does not: steps that are not done before, data of the wrong type",
  () => {
    expect(compile(ORDER.replace("results.stock.reservation", "results.mail.sent"))).toContain(
      "'mail' does not exist",
    );
    expect(compile(ORDER.replace("count: 1", 'count: "one"'))).toContain("not assignable");
  },
  TIMEOUT_MS,
);
