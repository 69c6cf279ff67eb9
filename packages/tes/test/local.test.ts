import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, expect, it } from "vitest";
import { endpoints, execute, type ExecuteOptions, plan, probe } from "../src/index.ts";
import { type Doing, text } from "./support/ssh-world.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tes-local-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const here = (doing: Doing) =>
  plan("@local", { endpoints: endpoints(), self: { home: folder }, ...doing });
const run = (doing: Doing, options?: ExecuteOptions) => execute(here(doing), options);

it.each(["dash", "bash"])("writes, appends, reads and deletes, where sh is %s", async (shell) => {
  const bin = mkdtempSync(join(folder, "bin-"));
  symlinkSync(`/bin/${shell}`, join(bin, "sh"));
  const options = { env: { PATH: `${bin}:${process.env["PATH"]}` } };
  await run({ operation: "write", path: "~/a'b" }, { ...options, content: "1" });
  await run({ operation: "append", path: "~/a'b" }, { ...options, content: "2" });
  const { stdout } = await run({ operation: "read", path: "~/a'b" }, options);
  const cat = { operation: "execute", command: ["cat"], stdin: "content" } as const;

  expect([text(stdout), readFileSync(join(folder, "a'b"), "utf8")]).toEqual(["12", "12"]);
  expect(text((await run(cat, { ...options, content: "all" })).stdout)).toBe("all");
  await run({ operation: "delete", path: "~/a'b" }, options);
  expect(existsSync(join(folder, "a'b"))).toBe(false);
});

it("keeps the mode of a file and leaves nothing beside it", async () => {
  const path = join(folder, "own", "mode");
  mkdirSync(join(folder, "own"));
  writeFileSync(path, "old");
  chmodSync(path, 0o604);
  await run({ operation: "write", path }, { content: "new" });

  expect(statSync(path).mode & 0o777).toBe(0o604);
  expect(readdirSync(join(folder, "own"))).toEqual(["mode"]);
});

it("executes in the current folder by default", async () => {
  expect(text((await run({ operation: "execute", command: ["pwd"] })).stdout).trim()).toBe(
    process.cwd(),
  );
});

it("interrupts the whole group of a command", async () => {
  const stdout = new PassThrough();
  const controller = new AbortController();
  stdout.once("data", () => controller.abort());
  const command = ["sh", "-c", "sleep 1000 & echo started; wait"];

  await expect(
    run({ operation: "execute", command }, { stdout, signal: controller.signal }),
  ).rejects.toThrow(expect.objectContaining({ code: "ABORTED" }));
});

it("says what is wrong", async () => {
  await expect(run({ operation: "read", path: join(folder, "none") })).rejects.toThrow(
    expect.objectContaining({
      code: "PATH_NOT_FOUND",
      message: `@local: read ${folder}/none: there is no such file or folder`,
    }),
  );
});

it("needs no test, and passes one", async () => {
  const { handle } = here({ operation: "read", path: "x" }).binding.locator;

  expect((await probe(handle)).test.latencyMs).toBeGreaterThan(0);
});
