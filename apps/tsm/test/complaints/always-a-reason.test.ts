import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Supervised, supervised } from "./supervised.ts";

/** A program that fails as soon as `fail` is there; its words are not among those of its command. */
const PROGRAM =
  "while [ ! -e fail ]; do sleep 0.05; done; echo 'no such database: shop' >&2; exit 7\n";

/** Starts it on a port, and lets it fail. */
async function failed(box: Supervised, port: string, ...options: readonly string[]): Promise<void> {
  writeFileSync(join(box.work, "shop.sh"), PROGRAM);
  await box.ok("start", "--name", "shop", "--port", port, ...options, "sh", "shop.sh");
  writeFileSync(join(box.work, "fail"), "");
}

describe("whoever looks at a service that does not run learns why", () => {
  it("crashed: exit status and last words", async () => {
    const box = supervised({ TETRA_NO_DAEMON: "1" });
    await failed(box, "20500");
    const record = await box.becomes("shop-20500", "crashed");
    const page = await box.ok("info", "shop-20500");

    expect(record).toMatchObject({ exit_code: 7, exit_signal: null });
    expect(page).toMatch(/Last end: +exit status 7/);
    expect(page).toContain("no such database: shop");
  });

  it("crashed: the signal", async () => {
    const box = supervised({ TETRA_NO_DAEMON: "1" });
    await box.ok("start", "--name", "shop", "--port", "20501", "sleep", "7401");
    process.kill((await box.info("shop-20501")).pid, "SIGSEGV");
    const record = await box.becomes("shop-20501", "crashed");

    expect(record).toMatchObject({ exit_code: null, exit_signal: "SIGSEGV" });
    expect(await box.ok("info", "shop-20501")).toMatch(/Last end: +killed by SIGSEGV/);
  });

  it("backing off: exit status, last words, and when it is tried again", async () => {
    const box = supervised();
    await failed(box, "20502", "--restart", "always", "--backoff", "60s");
    const record = await box.becomes("shop-20502", "backing off");
    const page = await box.ok("info", "shop-20502");

    expect(record).toMatchObject({
      exit_code: 7,
      next_try_at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(page).toMatch(/Last end: +exit status 7/);
    expect(page).toContain(String(record["next_try_at"]));
    expect(page).toContain("no such database: shop");
    expect(await box.ok("list", "all")).toContain("backing off");
    const waitMs = Date.parse(String(record["next_try_at"])) - Date.now();
    expect(waitMs).toBeGreaterThan(20_000);
    expect(waitMs).toBeLessThan(60_000);
  });

  it("given up: that it is, after how many failures, and the last words", async () => {
    const box = supervised();
    const policy = ["--restart", "always", "--backoff", "1ms,1ms", "--max-restarts", "1"];
    await failed(box, "20503", ...policy);
    const record = await box.becomes("shop-20503", "given up");
    const page = await box.ok("info", "shop-20503");

    expect(record).toMatchObject({ exit_code: 7, restarts: 1, given_up: expect.any(String) });
    expect(page).toMatch(/Last end: +exit status 7/);
    expect(page).toContain(`Given up:    ${String(record["given_up"])}`);
    expect(page).toContain("no such database: shop");
    expect(box.events("given_up")).toMatchObject([{ name: "shop-20503", code: 7 }]);
  });

  it("given up: that its program is gone", async () => {
    const box = supervised();
    const program = join(box.work, "program");
    writeFileSync(program, `#!/bin/sh\nrm "$0"\n${PROGRAM}`, { mode: 0o700 });
    const policy = ["--restart", "always", "--backoff", "1ms,1ms", "--max-restarts", "1"];
    await box.ok("start", "--name", "gone", "--port", "20504", ...policy, program);
    writeFileSync(join(box.work, "fail"), "");
    const record = await box.becomes("gone-20504", "given up");

    expect(String(record["given_up"])).not.toBe("");
    const noted = [...box.events("given_up"), ...box.events("backoff")].find(({ error }) => error);
    expect(String(noted?.["error"])).toContain(program);
  });
});
