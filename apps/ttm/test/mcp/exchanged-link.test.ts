import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { agentBox } from "./agent-box.ts";

it("runs the program that the rule names, not the link that was given and may lead elsewhere by then", async () => {
  const box = agentBox();
  const tool = join(box.work, "good/tool");
  mkdirSync(join(box.work, "good"));
  symlinkSync("good", join(box.work, "current"));
  writeFileSync(tool, '#!/bin/sh\necho "$0 $PWD" >> ../ran\n', { mode: 0o755 });
  box.policy({ allow: [[tool], ["false"]] });
  const { call } = await box.agent();
  const { id } = await call("open_transaction", { description: "x" });
  const run = ["../current/tool"];
  const cwd = "current";

  await call("validate_transaction", { id, checks: [{ name: "check", run, cwd }] });
  const fail = { name: "fail", run: ["false"] };
  await call("propose_steps", { id, steps: [{ name: "do", run, cwd, undo: { run, cwd } }, fail] });
  await call("run_steps", { id });

  const line = `${tool} ${join(box.work, "good")}\n`;
  expect(readFileSync(join(box.work, "ran"), "utf8")).toBe(line.repeat(3));
});
