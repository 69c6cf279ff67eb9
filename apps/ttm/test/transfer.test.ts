import { createHash, randomBytes } from "node:crypto";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { farMachine, hasSshd, sandboxNear } from "./far.ts";
import type { Sandbox } from "./ttm.ts";

const far = farMachine();

interface State {
  readonly stage: string;
  readonly description: string;
  readonly last_error: string | null;
  readonly push: Record<string, unknown>;
  readonly pull: Record<string, unknown>;
}

async function stateOf({ ok }: Sandbox): Promise<State> {
  return JSON.parse(await ok("state"));
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A folder of one test's own over there. */
function farFolder(): string {
  return mkdtempSync(join(far().home, "test-"));
}

/** Names of what programs leave beside when they do not clear away. */
function leftovers(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => name.startsWith("."));
}

function awkwardFolder(box: Sandbox): string {
  const folder = join(box.root, "site");
  mkdirSync(join(folder, "sub dir", "empty"), { recursive: true });
  for (const name of ["plain", "two words", "qu'ote", "new\nline", "back\\slash", "-rf", "ü☃"]) {
    writeFileSync(join(folder, "sub dir", name), `content of ${name}`);
  }
  symlinkSync("sub dir/plain", join(folder, "link"));
  return folder;
}

it.skipIf(!hasSshd)(
  "pushes a file, and records the digests of both sides (needs sshd)",
  async () => {
    const box = sandboxNear(far());
    const there = farFolder();
    const content = randomBytes(300_000);
    const source = join(box.root, "my app.bin");
    writeFileSync(source, content, { mode: 0o640 });
    const { exitCode, stderr } = await box.ttm("push", source, `@staging:${there}/`);

    expect(stderr).toMatch(/^Transaction: (\S+)\nTransaction committed: \1\n$/);
    expect(exitCode).toBe(0);
    const pushed = join(there, "my app.bin");
    expect(readFileSync(pushed).equals(content)).toBe(true);
    expect(statSync(pushed).mode & 0o777).toBe(0o640);
    expect(await stateOf(box)).toMatchObject({
      stage: "DONE",
      description: `push ${source} to @staging`,
      push: {
        source,
        destination: `@staging:${pushed}`,
        bytes: 300_000,
        sha256: sha256(content),
        far_sha256: sha256(content),
        host: "web1",
        plan: { text: expect.stringContaining("replace in one step"), argv: expect.any(Array) },
      },
    });
  },
);

it.skipIf(!hasSshd)(
  "finds the home of who acts there, and makes folders (needs sshd)",
  async () => {
    const box = sandboxNear(far());
    const source = join(box.root, "a");
    writeFileSync(source, "x");

    expect(await box.ttm("push", source, "@staging:~/not/there/yet")).toMatchObject({
      exitCode: 66,
    });
    await box.ok("push", "-p", source, "@staging:~/not/there/yet");
    expect(readFileSync(join(far().home, "not/there/yet"), "utf8")).toBe("x");
  },
);

it.skipIf(!hasSshd)("pushes and pulls folders with every awkward name (needs sshd)", async () => {
  const box = sandboxNear(far());
  const there = farFolder();
  const source = awkwardFolder(box);
  await box.ok("push", source, `@staging:${there}/site`);
  const { push } = await stateOf(box);
  const back = join(box.root, "back");
  await box.ok("pull", `@staging:${there}/site`, back);

  expect(push["far_sha256"]).toBe(push["sha256"]);
  expect(execFileSync("diff", ["-r", source, back], { encoding: "utf8" })).toBe("");
  expect(await stateOf(box)).toMatchObject({
    stage: "DONE",
    pull: { sha256: push["sha256"], far_sha256: push["sha256"] },
  });
  expect(leftovers(there)).toEqual([]);
  expect(await box.ttm("pull", `@staging:${there}/site`, `${back}/sub dir/plain`)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("something is there already"),
  });
});

it.skipIf(!hasSshd)("pulls a file over an old one, which keeps its mode (needs sshd)", async () => {
  const box = sandboxNear(far());
  const there = farFolder();
  writeFileSync(join(there, "conf"), "new\0\n");
  const destination = join(box.root, "conf");
  writeFileSync(destination, "old", { mode: 0o600 });
  await box.ok("pull", `@staging:${there}/conf`, box.root);

  expect(readFileSync(destination, "utf8")).toBe("new\0\n");
  expect(statSync(destination).mode & 0o777).toBe(0o600);
  expect(leftovers(box.root)).toEqual([]);
});

it.skipIf(!hasSshd)(
  "fails when there is nothing to pull, leaving what is here (needs sshd)",
  async () => {
    const box = sandboxNear(far());
    const destination = join(box.root, "kept");
    writeFileSync(destination, "old");

    expect(await box.ttm("pull", "@staging:/nowhere/at/all", destination)).toMatchObject({
      exitCode: 66,
    });
    expect(readFileSync(destination, "utf8")).toBe("old");
    expect(await stateOf(box)).toMatchObject({
      stage: "FAIL",
      last_error: expect.stringContaining("pull: @staging: "),
    });
  },
);

/** An ssh that changes a file over there between the write and the look at what was written. */
function tamperingPath(box: Sandbox, file: string): string {
  const folder = join(box.root, "bin");
  mkdirSync(folder);
  const ssh = execFileSync("sh", ["-c", "command -v ssh"], { encoding: "utf8" }).trim();
  const script = `#!/bin/sh
case $* in *sha256sum*) echo tampered >'${file}' ;; esac
exec ${ssh} "$@"
`;
  writeFileSync(join(folder, "ssh"), script, { mode: 0o755 });
  return `${folder}:${process.env["PATH"]}`;
}

it.skipIf(!hasSshd)(
  "fails with both digests when something else is there afterwards (needs sshd)",
  async () => {
    const there = farFolder();
    const box = sandboxNear(far());
    const source = join(box.root, "app");
    writeFileSync(source, "good");
    box.env["PATH"] = tamperingPath(box, join(there, "app"));
    const { exitCode, stderr } = await box.ttm("push", source, `@staging:${there}/app`);

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/ - digests differ: sha256 \w{64} here, \w{64} there\n$/);
    expect(await stateOf(box)).toMatchObject({ stage: "FAIL" });
  },
);

it.skipIf(!hasSshd)(
  "leaves the old file whole when the connection is cut (needs sshd)",
  async () => {
    const box = sandboxNear(far());
    const there = farFolder();
    writeFileSync(join(there, "app"), "old");
    const source = join(box.root, "app");
    writeFileSync(source, randomBytes(60_000_000));
    const child = box.start("push", source, `@cuttable:${there}/app`);
    await expect
      .poll(() => leftovers(there).some((name) => statSync(join(there, name)).size > 0), {
        timeout: 20_000,
        interval: 5,
      })
      .toBe(true);
    far().cut();

    expect(await child).toMatchObject({ exitCode: 69 });
    expect(readFileSync(join(there, "app"), "utf8")).toBe("old");
    expect(await stateOf(box)).toMatchObject({
      stage: "FAIL",
      last_error: expect.stringMatching(/^push: @cuttable: /),
    });
  },
);

it.skipIf(!hasSshd)("stops a push at Ctrl-C, with the old file whole (needs sshd)", async () => {
  const box = sandboxNear(far());
  const there = farFolder();
  writeFileSync(join(there, "app"), "old");
  const source = join(box.root, "app");
  writeFileSync(source, randomBytes(60_000_000));
  const child = box.start("push", source, `@staging:${there}/app`);
  await expect
    .poll(() => leftovers(there).some((name) => statSync(join(there, name)).size > 0), {
      timeout: 20_000,
      interval: 5,
    })
    .toBe(true);
  child.kill("SIGINT");

  expect(await child).toMatchObject({ exitCode: 130 });
  expect(readFileSync(join(there, "app"), "utf8")).toBe("old");
  expect(await stateOf(box)).toMatchObject({
    stage: "FAIL",
    last_error: "push stopped by SIGINT (Ctrl-C)",
  });
});

it.skipIf(!hasSshd)(
  "asks before it changes a protected environment, not before it reads (needs sshd)",
  async () => {
    const box = sandboxNear(far());
    const there = farFolder();
    const source = join(box.root, "a");
    writeFileSync(source, "x");
    const place = `@prod:${there}/a`;

    expect(await box.ttm("push", source, place)).toMatchObject({
      exitCode: 77,
      stderr: expect.stringContaining("Hint: confirm it: --confirm @prod\n"),
    });
    expect(existsSync(join(there, "a"))).toBe(false);
    await box.ok("push", source, place, "--confirm", "@prod");
    await box.ok("pull", place, join(box.root, "b"));
    expect(readFileSync(join(box.root, "b"), "utf8")).toBe("x");
  },
);

it("wants a path and a file that is there", async () => {
  const box = sandboxNear({ env: {} });

  expect(await box.ttm("push", "/nowhere", "@local:/tmp/x")).toMatchObject({ exitCode: 66 });
  expect(await box.ttm("push", box.root, "@local")).toMatchObject({ exitCode: 64 });
  expect(await box.ttm("pull", "@local")).toMatchObject({ exitCode: 64 });
  expect(await box.ttm("pull", "no-symbol:/x")).toMatchObject({ exitCode: 65 });
});

it("works on this machine as well", async () => {
  const box = sandboxNear({ env: {} });
  const source = join(box.root, "a");
  writeFileSync(source, "x");
  await box.ok("push", source, `@local:${box.root}/b c`);

  expect(readFileSync(join(box.root, "b c"), "utf8")).toBe("x");
});
