import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { create, sandbox } from "./ttm.ts";

it("packs finished transactions, never open ones, and brings them back", async () => {
  const box = sandbox();
  const done = await create(box, "done");
  await box.ok("commit");
  const failed = await create(box, "failed");
  await box.ok("fail");
  const open = await create(box, "open");

  expect(await box.ok("archive")).toBe("Nothing finished is older than 30d\n");
  expect(await box.ok("archive", "--older-than", "0s", "--stage", "DONE", "--dry-run")).toBe(
    `Would archive: ${done}\nWould archive 1 transaction(s) older than 0ms\n`,
  );
  expect(await box.ok("archive", "--older-than", "0s", "--stage", "DONE")).toBe(
    `Archived: ${done}\nArchived 1 transaction(s) older than 0ms\n`,
  );
  expect(await box.ok("archive", "--list")).toBe(`${done}\n`);
  expect(await box.ok("__complete", "archive", "--restore", "do")).toBe(`${done}\t\n`);
  expect(existsSync(join(box.root, "ttm", "txns", done))).toBe(false);
  expect(await box.json("archive", "--older-than", "0s")).toEqual([failed]);
  expect(JSON.parse(await box.ok("state", open))).toMatchObject({ stage: "NEW" });

  expect(await box.ok("archive", "--restore", done)).toBe(`Restored: ${done}\n`);
  expect(JSON.parse(await box.ok("state", done))).toMatchObject({ stage: "DONE" });
});

it("prunes what is long finished", async () => {
  const box = sandbox();
  const id = await create(box);
  await box.ok("commit");

  expect(await box.ok("prune")).toBe("Nothing finished is older than 365d\n");
  expect(await box.ok("prune", "--older-than", "0s")).toContain(`Pruned: ${id}\n`);
  expect(await box.json("list")).toEqual([]);
});

it("finds a healthy store healthy", async () => {
  const box = sandbox();
  await create(box);

  expect(await box.ttm("doctor")).toMatchObject({ exitCode: 0, stderr: "" });
  expect(await box.ok("recover")).toBe("Nothing to repair\n");
});
