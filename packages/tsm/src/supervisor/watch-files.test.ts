import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, onTestFinished, vi } from "vitest";
import { watchFiles } from "./watch-files.ts";

const folder = mkdtempSync(join(tmpdir(), "watch-files-"));
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A folder that is watched, beside what is excepted. @returns the paths that were told so far */
async function watched(watch: string, except: string): Promise<readonly string[]> {
  const told: string[] = [];
  const onError = (error: unknown): never => {
    throw error;
  };
  const end = await watchFiles(
    { paths: [watch], ignore: [] },
    { except: [except], onChange: (path) => told.push(path), onError },
  );
  onTestFinished(end);
  return told;
}

it("links that are found are not followed, nor told as new, and those that are given are", async () => {
  const [app, own] = [join(folder, "app"), join(folder, "own")];
  mkdirSync(app);
  mkdirSync(join(app, "tetra/logs"), { recursive: true });
  mkdirSync(own);
  symlinkSync(own, join(app, "link"));
  symlinkSync(app, join(folder, "current"));
  symlinkSync(join(app, "tetra"), join(folder, "tetra"));
  writeFileSync(join(own, "data"), "");
  writeFileSync(join(app, "tetra/logs/data"), "");
  writeFileSync(join(app, "index.js"), "");

  const told = await watched(join(folder, "current"), join(folder, "tetra"));
  appendFileSync(join(own, "data"), "more");
  appendFileSync(join(app, "tetra/logs/data"), "more");
  appendFileSync(join(app, "index.js"), "more"); // the last: the kernel tells in order
  await vi.waitFor(() => expect(told).toContain(join(app, "index.js")));

  expect(new Set(told)).toEqual(new Set([join(app, "index.js")]));
});
