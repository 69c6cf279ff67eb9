import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { expect, it } from "vitest";
import { NGINX_MISSING, startNginx } from "./nginx.ts";
import { freePort, type Sandbox, sandbox } from "./tsm.ts";

const PATIENCE_MS = 60_000;

const SERVER = `require("node:http")
  .createServer((_request, response) => response.end(process.env.RELEASE ?? "none"))
  .listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
`;

/** A sandbox with a server that takes its port from PORT and answers with RELEASE of its env file. */
async function serving(): Promise<Sandbox & { readonly port: number }> {
  const box = sandbox();
  writeFileSync(join(box.work, "server.cjs"), SERVER);
  writeFileSync(join(box.work, "web.env"), "RELEASE=one\n");
  return { ...box, port: await freePort() };
}

function answerOf(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ port, host: "127.0.0.1", agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () =>
        resolve(response.statusCode === 200 ? text : `status ${response.statusCode}`),
      );
    }).on("error", reject);
  });
}

it(
  "without nginx, reload restarts with the env file read again and says that there was a gap",
  async () => {
    const { ok, work, port } = await serving();
    await ok(
      "start",
      "--name",
      "web",
      "--port",
      String(port),
      "--env",
      "./web.env",
      "node",
      "server.cjs",
    );
    writeFileSync(join(work, "web.env"), "RELEASE=two\n");

    const said = await ok("reload", "web");

    expect(said).toContain(`tsm: reloaded 'web-${port}' (1 of 1): with a gap, as a restart`);
    expect(await answerOf(port)).toBe("two");
  },
  PATIENCE_MS,
);

it.skipIf(NGINX_MISSING)(
  "nginx serves a service, follows it while it is scaled, stopped and deleted, and a reload loses nothing (needs nginx)",
  async () => {
    const { ok, tsm, root, work, port } = await serving();
    const conf = await startNginx(root);
    const before = readFileSync(conf, "utf8");
    const front = await freePort();
    const name = `web-${port}`;
    await ok(
      "start",
      "--name",
      "web",
      "--port",
      String(port),
      "--env",
      "./web.env",
      "node",
      "server.cjs",
    );

    const installed = await ok(
      "nginx",
      "install",
      "web",
      "--conf",
      conf,
      "--listen",
      `127.0.0.1:${front}`,
    );
    const first = await answerOf(front);
    writeFileSync(join(work, "web.env"), "RELEASE=two\n");
    const reloaded = await ok("reload", "web");
    const second = await answerOf(front);
    const status = await ok("nginx", "status");
    await ok("stop", name);
    const stopped = await answerOf(front);
    await ok("start", name);
    const started = await answerOf(front);
    await ok("delete", name);
    const deleted = await answerOf(front);
    await ok("nginx", "uninstall", name);

    expect(installed).toContain(`✅ nginx serves ${name} (${name}.localhost); nginx has read it`);
    expect(reloaded).toContain(`tsm: reloaded '${name}' (1 of 1): no request was lost`);
    expect([first, second, stopped, started, deleted]).toEqual([
      "one",
      "two",
      "status 503",
      "two",
      "status 503",
    ]);
    expect(status).toMatch(
      new RegExp(`^${name} +${name}.localhost +127.0.0.1:${front} +${port} +current$`, "m"),
    );
    expect(readFileSync(conf, "utf8")).toBe(before);
    expect((await tsm("nginx", "uninstall", name)).exitCode).toBe(1);
  },
  PATIENCE_MS,
);

it(
  "scale adds instances that keep their place, and removes them again",
  async () => {
    const { ok, tsm, json, port } = await serving();
    await ok("start", "--name", "job", "sh", "-c", "exec sleep 60");
    const [name = ""] = (await ok("list", "--json")).match(/job-\d+/) ?? [];

    const up = await json("scale", name, "3");
    await ok("restart", `${name}-2`);
    const down = await ok("scale", name, "1");
    const none = await tsm("scale", name, "0");

    expect(up).toMatchObject({ data: { added: [`${name}-1`, `${name}-2`], removed: [] } });
    expect(down).toContain(`tsm: scaled '${name}' to 1 (0 added, 2 removed)`);
    expect([none.exitCode, none.stderr]).toEqual([65, expect.stringContaining("cannot scale: 0")]);
    expect(port).toBeGreaterThan(0);
  },
  PATIENCE_MS,
);

it(
  "startup starts what is enabled, says how many in startup.log, and fails when one does",
  async () => {
    const { ok, tsm, root, work } = sandbox();
    const folder = join(root, "tsm/services-available");
    await ok("setup");
    const define = (name: string, command: string): void =>
      writeFileSync(
        join(folder, `${name}.tsm`),
        `TSM_NAME=${name}\nTSM_COMMAND="${command}"\nTSM_CWD="${work}"\nTSM_ENV=none\n`,
        { mode: 0o700 },
      );
    define("sleeper", "sleep 60");
    await ok("enable", "sleeper");

    const first = await ok("startup");
    const status = await ok("startup", "status");
    define("broken", "no-such-program-at-all");
    await ok("enable", "broken");
    const second = await tsm("startup");

    expect(first).toContain("✅ Startup complete: 1 started, 0 failed");
    expect(status).toContain("Enabled services:\n  sleeper\n");
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toMatch(/^❌ Failed to start: broken(?!.*broken)/m);
    expect(readFileSync(join(root, "tsm/startup.log"), "utf8")).toMatch(
      /^\[.*Z\] Startup complete: 1 started, 0 failed\n\[.*Z\] Startup complete: \d started, 1 failed\n$/,
    );
  },
  PATIENCE_MS,
);

it(
  "systemd prints a unit with the program's whole path and without secrets",
  async () => {
    const { ok, port } = await serving();
    await ok("start", "--name", "web", "--port", String(port), "node", "server.cjs");

    const unit = await ok("systemd", "web");

    expect(unit).toContain(`# tsm-web\\x2d${port}.service\n`);
    expect(unit).toMatch(/^ExecStart="\/.*node" "server\.cjs"$/m);
    expect(unit).toMatch(/^KillSignal=SIGTERM$/m);
  },
  PATIENCE_MS,
);

it("words that mean nothing are refused with usage", async () => {
  const { tsm } = sandbox();

  const { exitCode, stderr } = await tsm("daemon", "enable", "@staging");

  expect(exitCode).toBe(64);
  expect(stderr).toContain("use @production or @dev");
});

it.skipIf(existsSync("/run/systemd/system"))(
  "where systemd does not run, the daemon's unit is refused with what to do instead (on a machine without systemd)",
  async () => {
    const { tsm } = sandbox();

    const { exitCode, stderr } = await tsm("daemon", "enable");

    expect(exitCode).toBe(69);
    expect(stderr).toContain("systemd does not run here");
    expect(stderr).toContain("tsm startup");
  },
);
