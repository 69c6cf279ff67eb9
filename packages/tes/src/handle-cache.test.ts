import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { folderHandleCache } from "./handle-cache.ts";

it("remembers across caches of one folder, and forgets what is no test", () => {
  const folder = mkdtempSync(join(tmpdir(), "tes-cache-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const test = { atMs: 1, connectMs: 2, latencyMs: 3 };
  folderHandleCache(join(folder, "new")).set("key", test);

  expect(folderHandleCache(join(folder, "new")).get("key")).toEqual(test);
  expect(folderHandleCache(folder).get("key")).toBeUndefined();
  writeFileSync(join(folder, "key.json"), '{"atMs": "x"}');
  expect(folderHandleCache(folder).get("key")).toBeUndefined();
});
