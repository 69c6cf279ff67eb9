import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { freePort, processesOf, type Sandbox, sandbox } from "./tsm.ts";

function script({ work }: Sandbox, name: string, text: string): string {
  const path = join(work, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return `./${name}`;
}

describe("tpm", () => {
  it("alone shows its help", async () => {
    const { tpm } = sandbox({ TETRA_DIR: undefined });

    expect(await tpm()).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^tpm - /) });
    expect(await tpm("help")).toMatchObject({ exitCode: 0 });
    expect(await tpm("frobnicate")).toMatchObject({
      exitCode: 64,
      stderr: expect.stringMatching(/^tpm: unknown command 'frobnicate'\n/),
    });
    expect(await tpm("start")).toMatchObject({ exitCode: 64 });
  });

  it("starts a script with the port of the environment, else of its first PORT line", async () => {
    const box = sandbox();
    const server = script(
      box,
      "server.sh",
      'export PORT="4321" # here\necho "up on $PORT"\nexec sleep 60',
    );

    expect(await box.tpm("start", server)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^✅ Started: server-4321 \(PID: \d+, Port: 4321\)\n$/),
    });
    expect(await box.tpm("start", server)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^tpm: process 'server-4321' already running\n/),
    });
    box.env["PORT"] = "4322";
    expect(await box.tpm("start", server, "api")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("api-4322"),
    });
    await expect
      .poll(async () => (await box.tpm("logs", "api-4322")).stdout)
      .toContain("up on 4321");
    expect((await box.tpm("ports")).stdout).toBe(
      "Process: api, Port: 4322\nProcess: server, Port: 4321\n",
    );
  });

  it("ends with 66 without a script, with 65 without a port", async () => {
    const box = sandbox();
    writeFileSync(join(box.work, "plain.sh"), "PORT=4000\n");

    for (const name of ["./nothing.sh", "./plain.sh"]) {
      expect(await box.tpm("start", name)).toMatchObject({
        exitCode: 66,
        stderr: expect.stringContaining(`tpm: '${name}' not found or not executable\n`),
      });
    }
    expect(await box.tpm("start", script(box, "portless.sh", "PORT=80"))).toMatchObject({
      exitCode: 65,
      stderr: expect.stringContaining("tpm: PORT not set; no valid PORT= in script\n"),
    });
  });

  it("starts the first app of an ecosystem.config.cjs under its own name", async () => {
    const box = sandbox({ PORT: "4999" });
    mkdirSync(join(box.work, "api"));
    writeFileSync(
      join(box.work, "api/server.js"),
      "console.log(process.env.NODE_ENV); setInterval(() => {}, 1000);",
    );
    writeFileSync(
      join(box.work, "ecosystem.config.cjs"),
      `module.exports = { apps: [
        { name: "shop", script: "server.js", cwd: "api", env: { PORT: 4330, NODE_ENV: "staging" } },
        { name: "other", script: "none.js" },
      ] };`,
    );

    expect(await box.tpm("start", "ecosystem.config.cjs")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^✅ Started: shop \(PID: \d+, Port: 4330\)\n$/),
    });
    expect((await box.tpm("logs", "shop")).stdout).toContain("staging\n");
    expect((await box.tpm("restart", "shop")).stdout).toMatch(
      /^tpm: restarted 'shop' .*Port: 4330/,
    );
    expect((await box.tpm("ls")).stdout).toMatch(/│ shop +│ online +│ \d+ +│ 4330 /);
    expect(await box.tpm("stop", "shop")).toMatchObject({ exitCode: 0 });
  });

  it("ends with 66 without that file or its script, with 65 where it is none or has no port", async () => {
    const box = sandbox();
    const config = (text: string): void =>
      writeFileSync(join(box.work, "ecosystem.config.cjs"), `module.exports = ${text}`);
    const start = async (): Promise<number | undefined> =>
      (await box.tpm("start", "ecosystem.config.cjs")).exitCode;

    expect(await start()).toBe(66);
    config('{ apps: [{ script: "none.js", env: { PORT: 4330 } }] }');
    expect(await start()).toBe(66);
    writeFileSync(join(box.work, "app.js"), "");
    config('{ apps: [{ script: "app.js" }] }');
    expect(await start()).toBe(65);
    config("{ apps: [] }");
    expect(await start()).toBe(65);
    config("{ apps: [");
    expect(await start()).toBe(65);
  });

  it("lists in a box", async () => {
    const box = sandbox();
    const empty = await box.tpm("list");
    await box.tpm("start", script(box, "server.sh", "PORT=4321\nexec sleep 60"));
    const { stdout } = await box.tpm("ls");

    expect(empty.stdout).toMatch(/└─+┴─+┴─+┴─+┴─+┘\nNo processes found\n$/);
    expect(stdout.split("\n")[1]).toBe(
      "│ name               │ status  │ pid    │ port    │ uptime               │",
    );
    expect(stdout).toMatch(/^│ server-4321 {8}│ online {2}│ \d+ +│ 4321 {4}│ \d+s {19}│$/m);
  });

  it("stops, restarts and deletes, by name or all", async () => {
    const box = sandbox();
    await box.tpm("start", script(box, "server.sh", "PORT=4321\nexec sleep 60"));

    expect((await box.tpm("restart", "server-4321")).stdout).toMatch(
      /^tpm: restarted 'server-4321' \(PID: \d+, Port: 4321\)\n$/,
    );
    expect((await box.tpm("stop", "server-4321")).stdout).toContain("tpm: stopped 'server-4321'\n");
    expect(await box.tpm("stop", "server-4321")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("tpm: process 'server-4321' not running\n"),
    });
    expect(await box.tpm("stop", "nothing")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("tpm: process 'nothing' not found\n"),
    });
    expect((await box.tpm("delete", "*")).stdout).toBe("tpm: deleted 'server-4321'\n");
    expect(processesOf(box.root)).toEqual([]);
  });

  it("kills what does not end within three seconds", async () => {
    const box = sandbox();
    await box.tpm(
      "start",
      script(box, "deaf.sh", "PORT=4321\ntrap '' TERM\nwhile :; do sleep 0.1; done"),
    );
    const { stdout } = await box.tpm("stop", "deaf-4321");

    expect(stdout).toContain("tpm: force killing 'deaf-4321' after timeout\n");
  });
});

describe("what an older tpm left", () => {
  /** As it wrote it: one line, unquoted. */
  function left(box: Sandbox, name: string, text: string): void {
    for (const folder of ["processes", "logs", "pids"]) {
      mkdirSync(join(box.root, "tpm", folder), { recursive: true });
    }
    writeFileSync(join(box.root, "tpm/processes", `${name}.meta`), `${text}\n`);
    writeFileSync(join(box.root, "tpm/logs", `${name}.out`), "old words\n");
    writeFileSync(join(box.root, "tpm/logs", `${name}.err`), "");
  }

  it("is listed, with its logs and port, stopped and removed", async () => {
    const box = sandbox();
    const child = spawn("sleep", ["60"], {
      stdio: "ignore",
      env: { ...process.env, TETRA_DIR: box.root },
    });
    const ended = new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal)));
    const now = Math.floor(Date.now() / 1000);
    left(box, "old-4000", `script=/a b/old.sh pid=${child.pid} port=4000 start_time=${now}`);

    expect((await box.tpm("list")).stdout).toMatch(
      new RegExp(`│ old-4000 +│ online +│ ${child.pid} `),
    );
    expect((await box.tpm("ports")).stdout).toBe("Process: old, Port: 4000\n");
    expect((await box.tpm("logs", "old-4000")).stdout).toBe(
      "=== STDOUT ===\nold words\n=== STDERR ===\n",
    );
    expect(await box.tpm("stop", "old-4000")).toMatchObject({ exitCode: 0 });
    expect(await ended).toBe("SIGTERM");
    expect((await box.tpm("delete", "old-4000")).exitCode).toBe(0);
    expect(existsSync(join(box.root, "tpm/logs/old-4000.out"))).toBe(false);
    expect((await box.tpm("list")).stdout).toContain("No processes found");
  });

  it("is not believed when somebody else has its pid", async () => {
    const box = sandbox();
    left(box, "old-4000", `script=/old.sh pid=${process.pid} port=4000 start_time=1`);

    expect((await box.tpm("list")).stdout).toMatch(/│ old-4000 +│ stopped │ - /);
    expect((await box.tpm("delete", "old-4000")).exitCode).toBe(0);
  });

  it("goes on in the store when it is restarted", async () => {
    const box = sandbox();
    const port = await freePort();
    const server = script(box, "old.sh", "exec sleep 60");
    left(
      box,
      `old-${port}`,
      `script=${server} pid=999999 port=${port} start_time=1 cwd=${box.work}`,
    );
    const { stdout, exitCode } = await box.tpm("restart", `old-${port}`);

    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(`^tpm: restarted 'old-${port}' `),
    });
    expect(await box.ok("list")).toContain(`old-${port}`);
    expect(existsSync(join(box.root, "tpm/processes", `old-${port}.meta`))).toBe(false);
  });
});
