import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { tetradOn } from "./wake-daemon.ts";

/** A folder with programs called tetrad, each in a folder of its own. */
function programs(texts: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "tsm-wake-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(texts)) {
    mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, name, "tetrad"), text);
  }
  return root;
}

it("of the programs on PATH, takes the first that Node can run", () => {
  const root = programs({
    script: '#!/bin/sh\nexec node "$root/tetrad.cjs" "$@"\n',
    real: "#!/usr/bin/env node\nrun();\n",
  });
  const path = ["relative", `${root}/none`, root, `${root}/script`, `${root}/real`].join(":");

  expect(tetradOn(path)).toBe(`${root}/real/tetrad`);
});

it("finds none where there is none", () => {
  const root = programs({ script: "#!/bin/sh\nexit 1\n" });

  expect(tetradOn(`${root}/script`)).toBeUndefined();
});
