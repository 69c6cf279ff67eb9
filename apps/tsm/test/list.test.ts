import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Sandbox, sandbox } from "./tsm.ts";

async function three(box: Sandbox): Promise<void> {
  await box.ok("start", "--port", "4000", "--name", "api", "sleep", "infinity");
  await box.ok(
    "start",
    "--port",
    "none",
    "--name",
    "other",
    "--org",
    "acme",
    "--group",
    "batch",
    "sleep",
    "infinity",
  );
  await box.tsm("start", "--port", "4002", "--name", "bad", "exit 3; :");
}

async function listed(box: Sandbox, ...args: readonly string[]): Promise<readonly string[]> {
  const { services } = Object(await box.json("list", ...args));
  return services.map(({ name }: { name: string }) => name.replace(/-\d+$/, ""));
}

describe("list", () => {
  it("says where to begin when nothing runs", async () => {
    const { ok } = sandbox();

    expect(await ok("list")).toBe(
      "No running services found.\nStart services with: tsm start <service-name>\n",
    );
  });

  it("shows what runs in a table, and how many more there are", async () => {
    const box = sandbox();
    await three(box);
    const [heading, first, second, more, ...rest] = (await box.ok("ls")).split("\n");

    expect(heading?.split(/\s+/)).toEqual([
      "ID",
      "Name",
      "Env",
      "PID",
      "Port",
      "Status",
      "Uptime",
      "Restarts",
      "CPU",
      "Memory",
    ]);
    expect(first).toMatch(
      /^0 +api-4000 ~ +- +\d+ +4000 +online +\d+s +0 +\d+(\.\d)?% +\d+(\.\d)? MB$/,
    );
    expect(second).toMatch(/^1 +other-\d+ ~ +- +\d+ +- +online /);
    expect(more).toBe("1 more does not run (1 crashed or given up): tsm list all");
    expect(rest).toEqual([""]);
  });

  it("has the field names of meta.json as JSON, with what is true now", async () => {
    const box = sandbox();
    await three(box);
    const { services } = Object(await box.json("list", "all"));

    expect(services[0]).toMatchObject({
      tsm_id: 0,
      name: "api-4000",
      status: "online",
      pid: expect.any(Number),
      port: 4000,
      uptime: expect.any(Number),
      restarts: 0,
      cpu: expect.any(Number),
      memory: expect.any(Number),
      exit_code: null,
      exit_signal: null,
      command: "sleep infinity",
      cwd: box.work,
      process_type: "command",
    });
    expect(services[2]).toMatchObject({
      name: "bad-4002",
      status: "crashed",
      pid: null,
      cpu: null,
      memory: null,
      exit_code: 3,
    });
    expect(await box.json("info", "bad")).toEqual(services[2]);
  });

  it("chooses and sorts", async () => {
    const box = sandbox();
    await three(box);

    expect(await listed(box)).toEqual(["api", "other"]);
    expect(await listed(box, "-a", "--sort", "name", "--reverse")).toEqual(["other", "bad", "api"]);
    expect(await listed(box, "all", "--filter", "status=crashed")).toEqual(["bad"]);
    expect(await listed(box, "all", "--filter", "name=*a*", "--filter", "port=400*")).toEqual([
      "api",
      "bad",
    ]);
    expect(await listed(box, "all", "--query", "exit 3")).toEqual(["bad"]);
    expect(await box.tsm("list", "--sort", "colour")).toMatchObject({ exitCode: 64 });
    expect(await box.tsm("list", "--filter", "colour=red")).toMatchObject({ exitCode: 64 });
    expect(await box.tsm("list", "nonsense")).toMatchObject({ exitCode: 64 });
  });

  it("shows those below this folder, a block for each, and groups", async () => {
    const box = sandbox();
    await three(box);
    const far = join(box.root, "far");
    mkdirSync(far);
    await box.ok("start", "--cwd", far, "--port", "4003", "--name", "far", "sleep", "infinity");

    expect(await listed(box, "pwd", "--filter", "status=online")).toEqual(["api", "other"]);
    expect(await box.ok("list", "-l")).toMatch(
      /\[0\] api-4000\n +Status: +online\n +Uptime: .+\n +Type: +command\n(.*\n)+ +Port: +4000 \(not listening\)\n/,
    );
    expect(await box.ok("list", "tree")).toMatch(
      /acme\/\n {2}batch\n {2}└─ other-\d+ \[1\] online pid \d+\n/,
    );
    expect(await box.ok("list", "namespaces")).toBe(
      "acme/  1 of 1 running\nbatch  1 of 1 running\n",
    );
  });

  it("lists what is defined, with dashes for what does not run", async () => {
    const box = sandbox();
    const folder = join(box.root, "tsm/services-available");

    expect(await box.ok("list", "available")).toBe(
      `No services available. Create services in ${folder}\n`,
    );
    mkdirSync(folder, { recursive: true });
    const text = `TSM_COMMAND='sleep infinity'\nTSM_ENV=none\nTSM_CWD=${JSON.stringify(box.work)}\n`;
    for (const name of ["web", "idle"]) writeFileSync(join(folder, `${name}.tsm`), text);
    await box.ok("start", "web");
    const [, idle, web] = (await box.ok("list", "available")).split("\n");

    expect(idle).toMatch(/^- +idle +- +- +- +- +- +- +- +-$/);
    expect(web).toMatch(/^0 +web-\d+ +- +\d+ +- +online /);
  });

  it("shows again and again while it is watched, a line of JSON for each look", async () => {
    const box = sandbox();
    await three(box);
    const watching = box.start("list", "--watch", "--interval", "100ms", "--json");
    const lines: string[] = [];
    for await (const line of watching.iterable({ from: "stdout" })) {
      lines.push(line);
      if (lines.length === 3) break;
    }
    watching.kill("SIGINT");
    await watching;

    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ services: [{}, {}] });
    expect(await box.tsm("list", "--watch", "--interval", "soon")).toMatchObject({ exitCode: 64 });
  });

  it("notices what was killed behind its back", async () => {
    const box = sandbox();
    await three(box);
    const { pid } = Object(await box.json("info", "api"));
    process.kill(pid, "SIGKILL");

    await expect
      .poll(async () => box.json("info", "api"))
      .toMatchObject({ status: "crashed", exit_signal: "SIGKILL", pid: null });
  });
});

describe("info, env, paths", () => {
  it("info tells all about one, and more with -v", async () => {
    const box = sandbox();
    await three(box);
    const page = await box.ok("info", "api");

    expect(page).toContain("│ Process Info: api-4000 (TSM ID: 0) │");
    for (const section of ["PROCESS", "RUNTIME", "ENVIRONMENT", "LOG FILES"]) {
      expect(page).toContain(`\n${section}\n`);
    }
    expect(page).toMatch(/Status: +● online \(\d+s\)\n/);
    expect(page).toMatch(/Port: +4000 \(not listening\)\n/);
    expect(page).not.toContain("METADATA & PATHS");
    expect(await box.ok("info", "api", "-v")).toContain("METADATA & PATHS");
    const more = await box.ok("info", "bad", "-vv");
    expect(more).toMatch(/Status: +○ crashed\n +Last end: +exit status 3\n/);
    expect(more).toContain("SYSTEM RESOURCES");
    expect(await box.ok("info", "api", "-vvv")).toContain('"name": "api-4000"');
  });

  it("info refuses in the original's words", async () => {
    const { tsm } = sandbox();

    expect(await tsm("info", "nothing")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^✗ Process 'nothing' not found\n/),
    });
    expect(await tsm("info")).toMatchObject({ exitCode: 64 });
    expect(await tsm("info", "x", "--nope")).toMatchObject({ exitCode: 64 });
  });

  it("env masks secrets", async () => {
    const box = sandbox({
      MY_PASSWORD: "x",
      CLIENT_SECRET: "x",
      GH_TOKEN: "x",
      API_KEY: "x",
      PLAIN: "y",
    });
    await three(box);
    const env = await box.ok("env", "api");

    expect(env).toContain("PLAIN=y\n");
    for (const name of ["MY_PASSWORD", "CLIENT_SECRET", "GH_TOKEN", "API_KEY"]) {
      expect(env).toMatch(new RegExp(`^${name}=\\*+$`, "m"));
    }
  });

  it("paths says where things are", async () => {
    const box = sandbox();
    await three(box);
    const folder = join(box.root, "tsm/runtime/processes/api-4000");

    expect(await box.json("paths", "api")).toEqual({
      meta: join(folder, "meta.json"),
      pid: join(folder, "api-4000.pid"),
      env: join(folder, "environment.json"),
      out: join(folder, "current.out"),
      err: join(folder, "current.err"),
    });
  });
});

describe("tsm", () => {
  it("alone shows short help", async () => {
    const { tsm } = sandbox({ TETRA_DIR: undefined });
    const { stdout, stderr, exitCode } = await tsm();

    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    expect(stdout).toMatch(/^tsm - /);
    expect(stdout.split("\n").length).toBeLessThan(20);
  });

  it("refuses what it does not know", async () => {
    const { tsm } = sandbox();

    expect(await tsm("frobnicate")).toMatchObject({
      exitCode: 64,
      stdout: "",
      stderr: expect.stringMatching(/^tsm: unknown command 'frobnicate'\n/),
    });
    expect(JSON.parse((await tsm("--json", "frobnicate")).stderr)).toMatchObject({
      success: false,
      error: { code: "UNKNOWN_COMMAND", message: "unknown command 'frobnicate'" },
    });
  });

  it("init makes an env file, and no second one", async () => {
    const { ok, tsm, work } = sandbox();

    expect(await ok("init", "local")).toContain(`✅ Created: ${join(work, "env/local.env")}\n`);
    expect(await tsm("init", "local")).toMatchObject({ exitCode: 1 });
    expect(await ok("start", "--env", "local", "--name", "x", "sleep", "infinity")).toContain(
      "✅ Started: x-",
    );
  });

  it("setup makes the folders, as often as one likes", async () => {
    const { ok, root } = sandbox();

    await ok("setup");
    expect(await ok("setup")).toContain(`✅ Ready: ${join(root, "tsm")}\n`);
  });

  it("needs to know where the data is", async () => {
    const { tsm } = sandbox({ TETRA_DIR: undefined });

    expect(await tsm("list")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^tsm: TETRA_DIR environment variable not set\n/),
    });
  });
});
