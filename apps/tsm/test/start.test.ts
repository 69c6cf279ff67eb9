import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort, type Sandbox, sandbox } from "./tsm.ts";

/** Listens on $PORT, or on its argument. */
const SERVER = `
  const port = Number(process.argv[2] ?? process.env.PORT);
  require("node:http").createServer((_, res) => res.end("ok")).listen(port, "127.0.0.1");
`;

function write({ work }: Sandbox, name: string, text: string, mode = 0o644): string {
  const path = join(work, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe("start", () => {
  it("says what runs, with id, pid and port", async () => {
    const box = sandbox();
    const port = await freePort();
    write(box, "server.js", SERVER);

    const { stdout, stderr, exitCode } = await box.tsm("start", "node", "server.js", String(port));

    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    const name = `work-server-${port}`;
    expect(stdout).toMatch(
      new RegExp(`^✅ Started: ${name} \\(TSM ID: 0, PID: \\d+, Port: ${port}\\)\\n$`),
    );
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe("ok");
  });

  it("leaves the port out when there is none", async () => {
    const { tsm } = sandbox();
    const { stdout } = await tsm("start", "--name", "quiet", "sleep", "infinity");

    expect(stdout).toMatch(/^✅ Started: quiet-\d+ \(TSM ID: 0, PID: \d+\)\n$/);
  });

  it("takes its flags only before the command, and passes the others on untouched", async () => {
    const box = sandbox();
    write(box, "show.sh", '#!/bin/sh\nprintf "%s\\n" "$@"\nexec sleep infinity\n', 0o755);
    const words = ["--port", "none", "--json", "--help", "--", "-x", "a b", "$HOME", "--name=z"];
    await box.ok("start", "--port", "none", "--name", "args", "./show.sh", ...words);
    const [name = ""] = await names(box);
    const log = join(box.root, "tsm/runtime/processes", name, "current.out");

    await expect.poll(() => readFileSync(log, "utf8")).toBe(`${words.join("\n")}\n`);
  });

  it("runs a single text with shell syntax under a shell", async () => {
    const box = sandbox();
    await box.ok("start", "--name", "shell", "echo one && exec sleep infinity");
    const [name = ""] = await names(box);

    const log = join(box.root, "tsm/runtime/processes", name, "current.out");
    await expect.poll(() => readFileSync(log, "utf8")).toBe("one\n");
  });

  it("refuses no command, and options that it does not know", async () => {
    const { tsm } = sandbox();

    expect(await tsm("start")).toEqual({
      exitCode: 64,
      stdout: "",
      stderr: "tsm: command required\nusage: tsm start <command...>\n",
    });
    expect(await tsm("start", "--nope", "x")).toMatchObject({
      exitCode: 64,
      stdout: "",
      stderr: expect.stringMatching(/^tsm: unknown option '--nope'\n/),
    });
  });

  it("refuses what is not there with 66, what is not as it must be with 65", async () => {
    const box = sandbox();
    write(box, "plain.sh", "#!/bin/sh\nsleep 1\n");
    write(box, "env/bad.env", "PORT=YOUR_PORT_HERE\n");

    expect(await box.tsm("start", "./plain.sh")).toMatchObject({
      exitCode: 66,
      stderr: expect.stringContaining("tsm: './plain.sh' not found or not executable\n"),
    });
    expect(await box.tsm("start", "no-such-program-at-all")).toMatchObject({
      exitCode: 66,
      stderr: expect.stringContaining(
        "tsm: 'no-such-program-at-all' not found or not executable\n",
      ),
    });
    expect(await box.tsm("start", "--env", "nope", "sleep", "1")).toMatchObject({ exitCode: 66 });
    expect(await box.tsm("start", "--env", "bad", "sleep", "1")).toMatchObject({ exitCode: 65 });
    expect(await box.tsm("start", "--cwd", "nowhere", "sleep", "1")).toMatchObject({
      exitCode: 66,
    });
    expect(await names(box)).toEqual([]);
  });

  it("takes port and name from the env file, and its values to the service", async () => {
    const box = sandbox();
    const port = await freePort();
    write(box, "server.js", SERVER);
    write(box, "env/local.env", `export PORT=${port}\nNAME="api"\nGREETING='a b'\n`);

    const stdout = await box.ok("start", "--env", "local", "node", "server.js");

    expect(stdout).toContain(`✅ Started: api-${port} (`);
    expect(await box.ok("env", `api-${port}`)).toContain("GREETING=a b\n");
    expect(await box.ok("list")).toContain("  local.env  ");
  });

  it("refuses what runs already, and starts again what has ended under its old id", async () => {
    const box = sandbox();
    const command = ["start", "--port", "none", "--name", "one", "sleep", "infinity"];
    await box.ok(...command);
    const [name = ""] = await names(box);
    const refused = await box.tsm("start", name);

    expect(refused).toMatchObject({
      exitCode: 1,
      stdout: "",
      stderr: expect.stringMatching(`^❌ Process '${name}' already running\n`),
    });
    await box.ok("stop", name);
    expect(await box.ok("start", name)).toContain(`✅ Started: ${name} (TSM ID: 0, `);
    await box.ok("stop", name);
    expect(await box.ok("start", "0")).toContain(`✅ Started: ${name} (TSM ID: 0, `);
  });

  it("replaces what runs where that is asked for", async () => {
    const box = sandbox();
    const port = await freePort();
    write(box, "server.js", SERVER);
    const start = ["--port", String(port), "--name", "one", "node", "server.js"];
    const first = await box.json("start", ...start);
    const second = await box.json("start", "--replace", ...start);

    expect(first).toMatchObject({ success: true, data: { tsm_id: 0, restarts: 0 } });
    expect(second).toMatchObject({ success: true, data: { tsm_id: 0, restarts: 1 } });
  });

  it("starts several defined services at once, by their names", async () => {
    const box = sandbox();
    const definition = "TSM_COMMAND='sleep infinity'\nTSM_ENV=none\n";
    for (const name of ["api", "web"]) {
      write(
        box,
        `../tsm/services-available/${name}.tsm`,
        `TSM_NAME=${name}\nTSM_CWD=${JSON.stringify(box.work)}\n${definition}`,
      );
    }
    const stdout = await box.ok("start", "api", "web");

    expect(stdout).toContain("🚀 Starting service: api\n🚀 Starting service: web\n");
    expect(stdout.match(/✅ Started: (api|web)-\d+ /g)).toHaveLength(2);
    expect(await box.tsm("start", "api", "sleep")).toMatchObject({
      exitCode: 64,
      stderr: expect.stringContaining("tsm start -- api sleep"),
    });
    expect((await box.ok("list")).includes("~")).toBe(false);
  });

  it("shows the plan and does nothing with --dry-run, and both with --debug", async () => {
    const box = sandbox();
    const port = await freePort();
    write(box, "server.js", SERVER);
    const plan = await box.ok(
      "start",
      "--dry-run",
      "--restart",
      "always",
      "node",
      "server.js",
      String(port),
    );

    expect(plan).toMatch(new RegExp(`^work-server-${port}\\n`));
    expect(plan).toContain(`Port:         ${port} (from the command)\n`);
    expect(plan).toContain("Restart:      always\n");
    expect(await names(box)).toEqual([]);
    const { stderr } = await box.tsm("start", "--debug", "node", "server.js", String(port));
    expect(stderr).toContain("Type:         node\n");
    expect(await names(box)).toEqual([`work-server-${port}`]);
  });

  it("starts as many instances as are asked for, each with its port", async () => {
    const box = sandbox();
    const port = await freePort();
    write(box, "server.js", SERVER);
    await box.ok(
      "start",
      "--instances",
      "2",
      "--port",
      String(port),
      "--name",
      "api",
      "node",
      "server.js",
    );

    expect(await names(box)).toEqual([`api-${port}`, `api-${port + 1}`]);
  });

  it("refuses names that are no folders, and takes awkward ones", async () => {
    const box = sandbox();
    const refused = await box.tsm("start", "--name", "we/ird \u001b[31m", "sleep", "infinity");
    await box.ok("start", "--port", "4000", "--name", "ñame with blanks", "sleep", "infinity");

    expect(refused).toMatchObject({ exitCode: 65, stdout: "" });
    expect(refused.stderr).not.toContain("\u001b");
    const [name = ""] = await names(box);
    expect(await box.ok("stop", name)).toContain(`tsm: stopped '${name}'`);
  });
});

describe("a start that fails", () => {
  it("says how it ended, with its last words", async () => {
    const box = sandbox();
    const { stdout, stderr, exitCode } = await box.tsm(
      "start",
      "--name",
      "bad",
      "--port",
      "none",
      'for i in $(seq 20); do echo "no $i" >&2; done; exit 7',
    );

    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
    const lines = stderr.split("\n");
    expect(lines[0]).toMatch(/^❌ Failed to start: bad-\d+ \(process died immediately\)$/);
    expect(lines[1]).toBe("   exit status 7");
    expect(lines.slice(2)).toEqual([
      ...Array.from({ length: 10 }, (_, at) => `   │ no ${at + 11}`),
      "",
    ]);
  });

  it("names the signal", async () => {
    const { tsm } = sandbox();

    expect(await tsm("start", "--name", "bad", "kill -SEGV $$; sleep 1")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("   killed by SIGSEGV\n"),
    });
  });

  it("says what the hook in front of it said", async () => {
    const { tsm } = sandbox();

    expect(
      await tsm("start", "--pre-hook", "echo no hook today >&2; false", "sleep", "infinity"),
    ).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("   │ no hook today\n") });
  });

  it("names who has the port, and the ways out", async () => {
    const box = sandbox();
    const server = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    write(box, "server.js", SERVER);

    const { stderr, exitCode } = await box.tsm("start", "node", "server.js", String(port));

    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      [
        `❌ Failed to start: work-server-${port} (process died immediately)`,
        "   exit status 1",
        `🔴 Port ${port} is already in use!`,
        `   Blocking process: PID ${process.pid}`,
        "   Command: ",
      ].join("\n"),
    );
    for (const way of [`tsm kill --port ${port}`, "tsm start --port", `tsm doctor port ${port}`]) {
      expect(stderr).toContain(way);
    }
  });

  it("tells other programs as JSON, in the reference's form", async () => {
    const { tsm } = sandbox();
    const { stdout, stderr, exitCode } = await tsm("--json", "start", "--name", "x", "exit 4; :");

    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 1 });
    expect(JSON.parse(stderr)).toMatchObject({
      success: false,
      error: {
        code: "START_FAILED",
        message: expect.any(String),
        details: { exit: { code: 4, signal: null } },
      },
    });
  });

  it("sends no control character of the service to a terminal", async () => {
    const { tsm } = sandbox();
    const { stderr } = await tsm("start", "--name", "x", "printf '\\033]0;title\\007' >&2; exit 1");

    expect(stderr).toContain("\\u001b]0;title\\u0007");
    expect(stderr).not.toContain("\u001b");
  });
});

async function names(box: Sandbox): Promise<readonly string[]> {
  const { services } = Object(await box.json("list", "all"));
  return services.map(({ name }: { name: string }) => name);
}

it("finds the folder that it runs in, whatever it is called", async () => {
  const box = sandbox();
  const folder = join(box.work, "a b\u00e9");
  mkdirSync(folder);
  const { data } = Object(
    await box.json("start", "--cwd", folder, "--name", "here", "sleep", "infinity"),
  );

  expect(data.cwd).toBe(realpathSync(folder));
});

describe("start --depends-on", () => {
  it("takes a name without its port, and keeps the whole one for whoever restarts it", async () => {
    const box = sandbox();
    await box.ok("start", "--name", "db", "--port", "none", "sleep", "60");
    const [db = ""] = await names(box);

    await box.ok("start", "--name", "api", "--port", "none", "--depends-on", "db", "sleep", "60");

    const api = (await names(box)).find((name) => name !== db) ?? "";
    const meta = join(box.root, "tsm/runtime/processes", api, "meta.json");
    expect(JSON.parse(readFileSync(meta, "utf8")).care.dependsOn).toEqual([
      { name: db, condition: "started" },
    ]);
  });

  it("refuses what is no service, and what does not run", async () => {
    const box = sandbox();
    expect(await box.tsm("start", "--depends-on", "nobody", "sleep", "60")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("process 'nobody' not found"),
    });
    await box.ok("start", "--name", "db", "--port", "none", "sleep", "60");
    await box.ok("stop", "db");

    expect(await box.tsm("start", "--depends-on", "db", "sleep", "60")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/which it depends on, does not run/),
    });
    const folders = readdirSync(join(box.root, "tsm/runtime/processes"));
    expect(folders.filter((name) => !name.startsWith("."))).toHaveLength(1);
  });

  it("waits until it is healthy, or completed", async () => {
    const box = sandbox();
    const probe = ["--health", "test -f healthy", "--health-interval", "50ms"];
    await box.ok("start", "--name", "db", ...probe, "--health-grace", "60s", "sleep", "60");
    const later = box.start("start", "--depends-on", "db:healthy", "--name", "api", "sleep", "60");
    await box.ok("start", "--name", "migrate", "until test -f done; do sleep 0.05; done");
    const last = box.start("start", "--depends-on", "migrate:completed", "sleep", "60");
    expect(await names(box)).toHaveLength(2);

    write(box, "healthy", "");
    expect(await later).toMatchObject({ exitCode: 0 });
    write(box, "done", "");
    expect(await last).toMatchObject({ exitCode: 0 });
  });
});
