import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { SshRoute } from "../levels/connector-level.ts";
import { controlPath } from "./control-path.ts";

const ROUTE: SshRoute = { type: "ssh", host: "h" };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tes-c-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("is short, private, and the same for the same way only", () => {
  const controlFolder = join(folder, "c");
  const path = controlPath(ROUTE, { controlFolder }) ?? "";

  expect(path.length + 17).toBeLessThan(104);
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  expect(controlPath({ ...ROUTE }, { controlFolder })).toBe(path);
  expect(controlPath({ ...ROUTE, port: 23 }, { controlFolder })).not.toBe(path);
  expect(controlPath(ROUTE, { controlFolder, sshConfig: "x" })).not.toBe(path);
});

it("is none in a folder that others can enter, that is too long, or when nothing is shared", () => {
  chmodSync(folder, 0o755);

  expect(controlPath(ROUTE, { controlFolder: folder })).toBeUndefined();
  expect(controlPath(ROUTE, { controlFolder: join(folder, "x".repeat(70)) })).toBeUndefined();
  expect(controlPath(ROUTE, { keepOpenSeconds: 0 })).toBeUndefined();
});

it("finds a place by itself", () => {
  expect(controlPath(ROUTE, {})).toMatch(/tetra-ssh.*\/[0-9a-f]{16}$/u);
});
