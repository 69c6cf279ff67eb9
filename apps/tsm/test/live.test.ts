import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort, processesOf, type Sandbox, sandbox } from "./tsm.ts";

/** Starts something that sleeps under exactly this name. */
async function sleeping({ ok }: Sandbox, ...names: readonly string[]): Promise<void> {
  for (const [at, name] of names.entries()) {
    const [, base = name, port = String(20_000 + at)] = /^(.*)-(\d+)$/.exec(name) ?? [];
    await ok("start", "--port", port, "--name", base, "sleep", "infinity");
  }
}

async function record(box: Sandbox, name: string): Promise<Record<string, unknown>> {
  return Object(await box.json("info", name));
}

describe("stop", () => {
  it("says what it does, ends everything, and keeps what was known", async () => {
    const box = sandbox();
    await sleeping(box, "api-4000");
    const { pid } = await record(box, "api-4000");
    const { stdout, stderr, exitCode } = await box.tsm("stop", "api-4000");

    expect({ stdout, stderr, exitCode }).toEqual({
      stdout: `tsm: stopping 'api-4000' (PID: ${String(pid)})\ntsm: stopped 'api-4000'\n`,
      stderr: "",
      exitCode: 0,
    });
    expect(processesOf(box.root)).toEqual([]);
    expect(await record(box, "api-4000")).toMatchObject({
      status: "stopped",
      exit_signal: "SIGTERM",
      stop_time: expect.any(Number),
    });
    expect(await box.tsm("stop", "api-4000")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("tsm: process 'api-4000' not running\n"),
    });
  });

  it("kills what does not listen, after the time it was given, and says so", async () => {
    const box = sandbox();
    await box.ok(
      "start",
      "--port",
      "4001",
      "--name",
      "deaf",
      "trap '' TERM; while :; do sleep 0.1; done",
    );

    expect(await box.ok("stop", "deaf", "--timeout", "300ms")).toMatch(
      /^tsm: stopping 'deaf-4001' \(PID: \d+\)\ntsm: force killing 'deaf-4001' after timeout\ntsm: stopped 'deaf-4001'\n$/,
    );
    await box.ok("start", "deaf-4001");
    expect(await box.ok("stop", "deaf", "force")).not.toContain("after timeout");
    expect(processesOf(box.root)).toEqual([]);
  });

  it("stops all, and counts them", async () => {
    const box = sandbox();
    await sleeping(box, "a-4000", "b-4001", "c-4002");
    await box.ok("stop", "a");
    const stdout = await box.ok("stop", "*");

    expect(stdout).toMatch(/^tsm: stopping all processes\.\.\.\n/);
    expect(stdout).toMatch(/\ntsm: stopped 2 process\(es\)\n$/);
  });

  it("wants to know what, and says what it does not know", async () => {
    const { tsm } = sandbox();

    expect(await tsm("stop")).toMatchObject({ exitCode: 64 });
    expect(await tsm("stop", "nothing")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("tsm: process 'nothing' not found\n"),
    });
  });

  it("goes on with the others when one is refused, and tells all", async () => {
    const box = sandbox();
    await sleeping(box, "a-4000", "b-4001");
    await box.ok("stop", "a-4000");
    const { stdout, stderr, exitCode } = await box.tsm("stop", "a-4000", "b-4001");

    expect(exitCode).toBe(1);
    expect(stderr).toContain("tsm: process 'a-4000' not running\n");
    expect(stdout).toContain("tsm: stopped 'b-4001'\n");
    const json = await box.tsm("--json", "stop", "a-4000", "b-4001");
    expect(JSON.parse(json.stdout)).toMatchObject({
      success: false,
      data: [],
      errors: [{ code: "NOT_RUNNING" }, { code: "NOT_RUNNING" }],
    });
  });
});

describe("what is named", () => {
  it("may be an id, a pid, a port, a name, its beginning, or a part", async () => {
    const box = sandbox();
    await sleeping(box, "alpha-4000", "beta-4001");
    const { pid } = await record(box, "alpha-4000");

    for (const word of ["0", String(pid), "4000", "alpha-4000", "alp", "lph"]) {
      expect(await record(box, word)).toMatchObject({ name: "alpha-4000" });
    }
    expect(await box.ok("id", "beta")).toBe("1\n");
  });

  it("is asked about when it could be several", async () => {
    const box = sandbox();
    await sleeping(box, "web-4000", "web-4001");

    expect(await box.tsm("stop", "web")).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: "tsm: ambiguous name 'web', matches:\n  0: web-4000\n  1: web-4001\n",
    });
  });
});

describe("restart", () => {
  it("keeps name, id and port, and counts", async () => {
    const box = sandbox();
    await sleeping(box, "api-4000");
    const before = await record(box, "api");
    const stdout = await box.ok("restart", "api");
    const after = await record(box, "api");

    expect(after).toMatchObject({ name: "api-4000", tsm_id: 0, port: 4000, restarts: 1 });
    expect(after["pid"]).not.toBe(before["pid"]);
    expect(stdout).toBe(
      `tsm: restarted 'api-4000' (TSM ID: 0, PID: ${String(after["pid"])}, Port: 4000)\n`,
    );
  });

  it("reads the env file again and says what differs, without telling secrets", async () => {
    const box = sandbox();
    const file = join(box.work, "x.env");
    writeFileSync(file, "GREETING=hello\nAPI_TOKEN=abc\n");
    await box.ok(
      "start",
      "--port",
      "4000",
      "--name",
      "api",
      "--env",
      "./x.env",
      "sleep",
      "infinity",
    );
    writeFileSync(file, "GREETING=goodbye\nAPI_TOKEN=def\n");
    const kept = await box.ok("restart", "--keep-env", "api");
    const stdout = await box.ok("restart", "api");

    expect(kept).not.toContain("GREETING");
    expect(stdout).toContain("  environment GREETING: hello -> goodbye\n");
    expect(stdout).toMatch(/environment API_TOKEN: \*+ -> \*+\n/);
    expect(await box.ok("env", "api")).toContain("GREETING=goodbye\n");
  });

  it("takes this shell's environment only when told", async () => {
    const box = sandbox();
    await sleeping(box, "api-4000");
    box.env["FROM_SHELL"] = "1";

    await box.ok("restart", "api");
    expect(await box.ok("env", "api")).not.toContain("FROM_SHELL");
    expect(await box.ok("restart", "--update-env", "api")).toContain(
      "  environment FROM_SHELL: 1 (new)\n",
    );
  });

  it("stops nothing when the new start could not even begin", async () => {
    const box = sandbox();
    const file = join(box.work, "x.env");
    writeFileSync(file, "A=1\n");
    await box.ok(
      "start",
      "--port",
      "4000",
      "--name",
      "api",
      "--env",
      "./x.env",
      "sleep",
      "infinity",
    );
    const before = await record(box, "api");
    writeFileSync(file, "A=$(date)\n");

    expect(await box.tsm("restart", "api")).toMatchObject({ exitCode: 65 });
    expect(await record(box, "api")).toMatchObject({ pid: before["pid"], restarts: 0 });
  });
});

describe("delete, kill and cleanup", () => {
  it("delete removes all there is", async () => {
    const box = sandbox();
    await sleeping(box, "api-4000");

    expect(await box.ok("del", "api")).toBe("tsm: deleted 'api-4000'\n");
    expect(existsSync(join(box.root, "tsm/runtime/processes/api-4000"))).toBe(false);
    expect(processesOf(box.root)).toEqual([]);
    expect(await box.tsm("delete", "api-4000")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("tsm: process 'api-4000' not found\n"),
    });
  });

  it("kill takes ids, names with their ports, ports and pids, and sums up", async () => {
    const box = sandbox();
    await sleeping(box, "web-4000", "web-4001", "api-4002");
    const { stdout, stderr, exitCode } = await box.tsm("kill", "web", "2", "nothing");

    expect(stdout).toMatch(
      /🔍 Looking for name web\n📋 Found: web-4000 \(TSM ID: 0, PID: \d+\)\n✅ Killed web-4000/,
    );
    expect(stdout).toContain("✅ Killed api-4002");
    expect(stdout).toContain("📊 Summary: 3 succeeded, 1 failed\n");
    expect(stderr).toContain("❌ Nothing found for name nothing\n");
    expect(exitCode).toBe(1);
    expect(processesOf(box.root)).toEqual([]);
    expect(await box.tsm("kill")).toMatchObject({ exitCode: 64 });
  });

  it("kill ends who has a port, service or not", async () => {
    const box = sandbox();
    const port = await freePort();
    const script = `require("node:net").createServer().listen(${port}, "127.0.0.1", () => console.log("up"))`;
    const stranger = spawn(process.execPath, ["-e", script]);
    onTestFinished(() => void stranger.kill("SIGKILL"));
    await new Promise((resolve) => stranger.stdout.once("data", resolve));
    const ended = new Promise((resolve) => stranger.once("exit", (_, signal) => resolve(signal)));

    expect(await box.ok("kill", "--port", String(port))).toContain(
      `✅ Killed PID ${stranger.pid} (no service of ours)\n`,
    );
    expect(await ended).toBe("SIGTERM");
  });

  it("cleanup removes what crashed and keeps what was stopped", async () => {
    const box = sandbox();
    await sleeping(box, "stopped-4000", "running-4001");
    await box.ok("stop", "stopped");
    await box.tsm("start", "--port", "4002", "--name", "crashed", "exit 3; :");
    const stdout = await box.ok("cleanup");

    expect(stdout).toBe(
      "tsm: removed 'crashed-4002' (exit status 3)\n" +
        "Summary: Checked 3 processes, removed 1 crashed processes\n",
    );
    expect(Object(await box.json("list", "all")).services).toHaveLength(2);
  });
});

describe("Ctrl-C", () => {
  it("leaves a stop that has begun to its end", async () => {
    const box = sandbox();
    await box.ok(
      "start",
      "--port",
      "4000",
      "--name",
      "slow",
      "trap 'sleep 0.5; exit 0' TERM; echo up; while :; do sleep 0.05; done",
    );
    const log = join(box.root, "tsm/runtime/processes/slow-4000/current.out");
    await expect.poll(() => readFileSync(log, "utf8")).toBe("up\n");
    const stopping = box.start("stop", "slow");
    await new Promise((resolve) => stopping.stdout.once("data", resolve));
    stopping.kill("SIGINT");
    const { exitCode, stderr, stdout } = await stopping;

    expect({ exitCode, stderr }).toEqual({
      exitCode: 130,
      stderr: "finishing what was begun; once more to leave it as it is\n",
    });
    expect(stdout).toContain("tsm: stopped 'slow-4000'\n");
    expect(await record(box, "slow")).toMatchObject({ status: "stopped", exit_code: 0 });
  });

  it("does not wait until a start is ready: what runs goes on, and says so", async () => {
    const box = sandbox();
    const begun = join(box.root, "tsm/runtime/processes/late-4000/current.out");
    const starting = box.start(
      "start",
      "--port",
      "4000",
      "--name",
      "late",
      "--ready",
      "sleep 1000", // longer than this test may take
      "--",
      "sh",
      "-c",
      "echo begun; exec sleep 60",
    );
    await expect.poll(() => existsSync(begun) && readFileSync(begun, "utf8")).toBe("begun\n");
    // started, and waited for
    await expect.poll(() => record(box, "late")).toMatchObject({ status: "starting" });
    const meta = join(box.root, "tsm/runtime/processes/late-4000/meta.json");
    await expect.poll(() => readFileSync(meta, "utf8")).toContain('"status": "online"');
    starting.kill("SIGINT");
    const { exitCode, stderr, stdout } = await starting;

    expect(exitCode).toBe(130);
    expect(stdout).toBe("");
    expect(stderr).toContain(
      "tsm: late-4000: it did not get ready: it was not waited for any longer\n",
    );
    expect(stderr).toContain("it goes on running, and is starting until it answers");
    expect(await record(box, "late")).toMatchObject({ status: "starting", restarts: 0 });
    await box.ok("stop", "late");
    expect(await record(box, "late")).toMatchObject({ status: "stopped" });
  });
});
