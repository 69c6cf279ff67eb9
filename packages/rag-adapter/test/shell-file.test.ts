import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const FILE = join(import.meta.dirname, "../shell/flow_manager_ttm.sh");

function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"]).error === undefined;
}

it.skipIf(!isInstalled("shellcheck"))("shellcheck finds nothing (needs shellcheck)", () => {
  const { stdout } = spawnSync("shellcheck", [FILE], { encoding: "utf8" });
  expect(stdout).toBe("");
});

it.skipIf(!isInstalled("zsh"))("is syntax that zsh knows (needs zsh)", () => {
  expect(spawnSync("zsh", ["-n", FILE], { encoding: "utf8" }).stderr).toBe("");
});
