import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { sandbox } from "./tsm.ts";

it("offers services, and what can be started", async () => {
  const box = sandbox();
  const folder = join(box.root, "tsm/services-available");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "web.tsm"), "TSM_COMMAND=x\n");
  await box.ok("start", "--port", "4000", "--name", "api", "sleep", "infinity");

  expect(await box.ok("__complete", "stop", "a")).toBe("api-4000\tonline\n");
  expect(await box.ok("__complete", "start", "--restart", "")).toBe(
    "no\t\non-failure\t\nalways\t\n",
  );
  expect(await box.ok("__complete", "start", "")).toBe("web\tdefined\napi-4000\tonline\n");
  expect(await box.ok("__complete", "list", "--sort", "up")).toBe("uptime\t\n");
  expect(await box.ok("__complete", "sta")).toContain("start\t");
});

it.each(["bash", "zsh", "fish"])("has a script for %s", async (shell) => {
  const { ok, tsm } = sandbox();

  expect(await ok("completion", shell)).toContain("__complete");
  expect(await tsm("completion", "tcsh")).toMatchObject({ exitCode: 64 });
});
