import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { sandbox } from "./ttm.ts";

/** Transactions as the original shell tools wrote them. */
const ORIGINAL = fileURLToPath(
  new URL("../../../packages/ttm-fs/test/fixtures/original", import.meta.url),
);
const ID = "deploy-api-v2-1-0-20251018T143022";

it("carries on a transaction that the original tools began, and loses nothing of theirs", async () => {
  const { ok, root } = sandbox();
  const folder = join(root, "ttm/txns");
  cpSync(ORIGINAL, folder, { recursive: true });
  const log = join(folder, ID, "events.ndjson");
  const theirs = readFileSync(log, "utf8");

  expect(await ok("list")).toContain(ID);
  await ok("transition", "VALIDATE", ID);
  await ok("commit", ID);

  const lines = readFileSync(log, "utf8");
  expect(lines.startsWith(theirs)).toBe(true);
  expect(await ok("state", ID)).toContain('"stage": "DONE"');
  expect(readFileSync(join(folder, ID, "state.json"), "utf8")).toBe(await ok("state", ID));
  expect((await ok("events", ID, "foreign_change")).split("\n")).toHaveLength(2);
});
