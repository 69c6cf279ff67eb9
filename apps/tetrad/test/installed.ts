import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const APP = join(import.meta.dirname, "..");
const SOME_MCP = join(import.meta.dirname, "fixtures/some-mcp.mjs");

/** A copy of the built program, as npm would install it, with a `ttm` beside it. */
export interface Installed {
  readonly program: string;
  /** Where servers write down that they begin and end. */
  readonly told: string;
}

/** Installs the program beside a `ttm` that is the server of the fixtures. It goes with the test. */
export function installed(): Installed {
  const folder = mkdtempSync(join(tmpdir(), "tetrad-installed-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const told = join(folder, "told");
  const [tetrad, ttm] = [join(folder, "tetrad"), join(folder, "ttm")];
  cpSync(join(APP, "dist"), join(tetrad, "dist"), { recursive: true });
  symlinkSync(join(APP, "node_modules"), join(tetrad, "node_modules"));
  mkdirSync(join(ttm, "dist"), { recursive: true });
  const lines = [
    `process.env.TOLD = ${JSON.stringify(told)};`,
    `import(${JSON.stringify(SOME_MCP)});`,
  ];
  writeFileSync(join(ttm, "dist/ttm.cjs"), lines.join("\n"));
  return { program: join(tetrad, "dist/tetrad.cjs"), told };
}
