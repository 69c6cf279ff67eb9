import { openServices, type Services } from "@tetra/tsm";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import type { ShellAnswer } from "../shell-call.ts";
import { serviceFunctions } from "./index.ts";

vi.setConfig({ testTimeout: 60_000 });

/** A shell with a data root of its own, in a folder `backend`. */
interface Shell {
  readonly root: string;
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly services: Services;
  readonly call: (name: string, ...args: readonly string[]) => Promise<ShellAnswer>;
  /** What it prints, without the newline; fails the test when it refuses. */
  readonly ask: (name: string, ...args: readonly string[]) => Promise<string>;
  /** Writes into the shell's folder. */
  readonly write: (file: string, text: string) => void;
}

function shell(): Shell {
  const root = mkdtempSync(join(tmpdir(), "tsm shell "));
  const cwd = join(root, "backend");
  mkdirSync(cwd);
  const services = openServices({ folder: join(root, "tsm") });
  onTestFinished(async () => {
    for (const name of services.names()) await services.remove(name, { timeoutMs: 0 });
    rmSync(root, { recursive: true, force: true });
  });
  const env: Record<string, string> = { TETRA_DIR: root, PATH: process.env["PATH"] ?? "" };
  const call = async (name: string, ...args: readonly string[]): Promise<ShellAnswer> => {
    const answer = await serviceFunctions[name]?.({ name, args, cwd, umask: 0o22, env });
    if (answer === undefined) throw new Error(`there is no ${name}`);
    return answer;
  };
  return {
    root,
    cwd,
    env,
    services,
    call,
    async ask(name, ...args) {
      const answer = await call(name, ...args);
      if (answer.status !== 0) throw new Error(JSON.stringify(answer));
      return answer.stdout.replace(/\n$/, "");
    },
    write: (file, text) => writeFileSync(join(cwd, file), text),
  };
}

/** A process that a script started by itself. */
function sleeping(): ChildProcess & { readonly pid: number } {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  const { pid } = child;
  if (pid === undefined) throw new Error("sleep did not start");
  return Object.assign(child, { pid });
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

const META = ["node server.js 4000", "4000", "", "node", "node", "env/local.env"];

it("a process that a script started becomes a service, with an id", async () => {
  const { ask, call, cwd, env } = shell();
  const first = sleeping();
  env["TETRA_ORG"] = "lab";

  expect(await ask("tsm_create_metadata", "web", `${first.pid}`, ...META, "", "port", "tcp")).toBe(
    "0",
  );
  expect(await ask("tsm_create_metadata", "api", `${sleeping().pid}`, "x", "none", "sub")).toBe(
    "1",
  );

  const read = (field: string): Promise<string> => ask("tsm_read_metadata", "web", field);
  expect(await read("tsm_id")).toBe("0");
  expect(await read("pid")).toBe(String(first.pid));
  expect(await read("status")).toBe("online");
  expect(await read("port")).toBe("4000");
  expect(await read("cwd")).toBe(cwd);
  expect(await read("process_type")).toBe("node");
  expect(await read("port_type")).toBe("tcp");
  expect(await read("org")).toBe("lab");
  expect(await read("prehook")).toBe("");
  expect(await read("nothing.there")).toBe("");
  expect(await ask("tsm_read_metadata", "api", "port")).toBe("none");
  expect(await ask("tsm_read_metadata", "api", "cwd")).toBe(join(cwd, "sub"));
  expect(await call("tsm_read_metadata", "other", "pid")).toMatchObject({ status: 1, stderr: "" });
});

it("what runs already is not replaced, and a pid that nobody has is not believed", async () => {
  const { ask, call } = shell();
  const child = sleeping();
  await ask("tsm_create_metadata", "web", `${child.pid}`, ...META);

  expect(await call("tsm_create_metadata", "web", `${sleeping().pid}`, ...META)).toEqual({
    status: 1,
    stdout: "",
    stderr: "❌ Process 'web' already running\n",
  });
  await end(child);
  expect(await call("tsm_create_metadata", "web", `${child.pid}`, ...META)).toEqual({
    status: 0,
    stdout: "0\n",
    stderr: `tsm: nobody has PID ${child.pid}: 'web' is noted as crashed\n`,
  });
  expect(await ask("tsm_read_metadata", "web", "status")).toBe("crashed");
});

it("a status is noted where it is so, and refused with the way out where it is not", async () => {
  const { ask, call } = shell();
  const child = sleeping();
  await ask("tsm_create_metadata", "web", `${child.pid}`, ...META);

  expect(await call("tsm_set_status", "web", "stopped")).toEqual({
    status: 1,
    stdout: "",
    stderr:
      "tsm: 'web' is online, so 'stopped' was not noted\nTo make it so, stop it: tsm stop web\n",
  });
  expect(await call("tsm_set_status", "web", "online")).toMatchObject({ status: 0 });
  await end(child);
  expect(await ask("tsm_read_metadata", "web", "status")).toBe("crashed");
  expect(await call("tsm_process_exists", "web")).toMatchObject({ status: 1, stderr: "" });
  expect(await call("tsm_set_status", "web", "online")).toMatchObject({ status: 1 });
  expect(await call("tsm_set_status", "web", "crashed")).toMatchObject({ status: 0 });
  expect(await call("tsm_set_status", "web", "stopped")).toMatchObject({ status: 0 });
  expect(await ask("tsm_read_metadata", "web", "status")).toBe("stopped");
  expect(await call("tsm_set_status", "web", "errored")).toMatchObject({ status: 64 });
  expect(await call("tsm_set_status", "other", "online")).toMatchObject({ status: 1, stderr: "" });
});

it("ids and names lead to each other", async () => {
  const { ask, call, services } = shell();
  await ask("tsm_create_metadata", "web-4000", `${sleeping().pid}`, ...META);
  await ask("tsm_create_metadata", "web-4001", `${sleeping().pid}`, ...META);
  await ask("tsm_create_metadata", "web-4001-b", `${sleeping().pid}`, ...META);

  expect(await ask("tetra_tsm_resolve_to_id", "web-4001")).toBe("1");
  await services.remove("web-4001-b", { timeoutMs: 0 });
  expect(await ask("tetra_tsm_id_to_name", "1")).toBe("web-4001");
  expect(await ask("tetra_tsm_resolve_to_id", "1")).toBe("1");
  expect(await ask("tetra_tsm_resolve_to_id", "web-4000")).toBe("0");
  expect(
    await ask("tetra_tsm_resolve_to_id", "4001-").catch((error: Error) => error.message),
  ).toContain('"status":1');
  expect(await call("tetra_tsm_resolve_to_id", "web")).toEqual({
    status: 1,
    stdout: "",
    stderr: "tsm: ambiguous name 'web', matches:\n  0: web-4000\n  1: web-4001\n",
  });
  expect(await call("tetra_tsm_resolve_to_id", "7")).toMatchObject({ status: 1, stderr: "" });
  expect(await call("tetra_tsm_id_to_name", "web")).toMatchObject({ status: 1, stderr: "" });
  expect(await call("tetra_tsm_is_running", "web-4001")).toMatchObject({ status: 0, stdout: "" });
  expect(await call("tetra_tsm_is_running")).toMatchObject({ status: 1, stderr: "" });
  await services.remove("web-4000", { timeoutMs: 0 });
  expect(await call("tetra_tsm_id_to_name", "0")).toMatchObject({ status: 1 });
  expect(await ask("tetra_tsm_get_next_id")).toBe("0");
  expect(await ask("tetra_tsm_get_next_id")).toBe("2");
});

it.each([
  ["node app.js 3000", "node", "3000", "backend-app-3000"],
  ["PORT=3001 node x.js", "node", "3001", "backend-x-3001"],
  ["python -m http.server 8000", "python", "8000", "backend-http-8000"],
  ["/opt/x/run.sh arg 12345", "bash", "12345", "run-12345"],
  ["app --port 4000", "command", "4000", "app-4000"],
])("%s is %s, has port %s and is called %s", async (command, type, port, name) => {
  const { ask } = shell();

  expect(await ask("tsm_detect_type", command)).toBe(type);
  expect(await ask("tsm_discover_port", command)).toBe(port);
  expect(await ask("tsm_generate_process_name", command, port)).toBe(name);
});

it("the port is looked for in the documented order", async () => {
  const { ask, call, write } = shell();
  const command = "node app.js 3000";
  write("app.js", "const PORT = process.env.PORT || 4567;");
  write("local.env", "PORT=5000\nNAME=shop\n");
  write("bad.env", "PORT=YOUR_PORT_HERE\n");

  expect(await ask("tsm_discover_port", command)).toBe("4567");
  expect(await ask("tsm_discover_port", command, "local.env")).toBe("5000");
  expect(await ask("tsm_discover_port", command, "missing.env")).toBe("4567");
  expect(await ask("tsm_discover_port", command, "local.env", "", "5001")).toBe("5001");
  expect(await ask("tsm_discover_port", command, "local.env", "6000")).toBe("6000");
  expect(await ask("tsm_discover_port", command, "local.env", "none")).toBe("none");
  expect(await call("tsm_discover_port", "sleep 30")).toEqual({
    status: 1,
    stdout: "\n",
    stderr: "",
  });
  expect(await call("tsm_discover_port", command, "bad.env")).toMatchObject({
    status: 65,
    stderr: expect.stringMatching(/^tsm: .*bad\.env:1: placeholders are left in PORT\n/),
  });
  expect(await call("tsm_discover_port", command, "", "web")).toMatchObject({ status: 64 });
});

it("a name comes from who gives it, the env file, package.json; without a port it ends in the time", async () => {
  const { ask, write } = shell();
  write("local.env", "NAME=shop\n");
  const name = (...args: readonly string[]): Promise<string> =>
    ask("tsm_generate_process_name", "node app.js", ...args);

  expect(await name("3000", "web")).toBe("web-3000");
  expect(await name("3000", "", "local.env")).toBe("shop-3000");
  expect(await name("3000", "", "", "parsed")).toBe("parsed-3000");
  expect(await name("none")).toMatch(/^backend-app-\d{10}$/);
  write("package.json", '{ "name": "@scope/site", "version": "1" }');
  expect(await name("3000")).toBe("scope-site-3000");
});

it("an uptime is told in one unit, rounded down", async () => {
  const { ask, call } = shell();
  const ago = (seconds: number): string => String(Math.floor(Date.now() / 1000) - seconds);

  expect(await ask("tsm_calculate_uptime", ago(65))).toBe("1m");
  expect(await ask("tsm_calculate_uptime", ago(7300))).toBe("2h");
  expect(await ask("tsm_calculate_uptime", ago(200_000))).toBe("2d");
  for (const text of ["", "soon", ago(-1000), "1"]) {
    expect(await call("tsm_calculate_uptime", text)).toMatchObject({ status: 1, stdout: "-\n" });
  }
});

it("ports are registered, looked up both ways, and held against what listens", async () => {
  const { ask, call, root, env, write } = shell();
  write("ports.txt", "legacy:4801\n");
  env["TSM_PORTS_FILE"] = "ports.txt";

  await ask("tsm_register_port", "7", "batch", "4800", "99");
  expect(readFileSync(join(root, "tsm/runtime/ports/registry.tsv"), "utf8")).toMatch(
    /^tsm_id\tname\tdeclared_port\tactual_port\tpid\ttimestamp\n7\tbatch\t4800\tnone\t99\t\d+\n$/,
  );
  await ask("tsm_create_metadata", "web", `${sleeping().pid}`, ...META);
  expect(await ask("tsm_get_port", "batch")).toBe("4800");
  expect(await ask("tsm_get_port", "web")).toBe("4000");
  expect(await ask("tsm_get_port", "legacy")).toBe("4801");
  expect(await ask("tsm_get_process_by_port", "4000")).toBe("web");
  expect(await ask("tsm_get_process_by_port", "4801")).toBe("legacy");
  expect(await call("tsm_get_port", "other")).toMatchObject({ status: 1, stdout: "" });
  expect(await call("tsm_get_process_by_port", "4999")).toMatchObject({ status: 1, stdout: "" });
  expect(await call("tsm_register_port", "x", "batch", "4800")).toMatchObject({ status: 64 });
  const { status, stdout } = await call("tsm_reconcile_ports");
  expect(status).toBe(1);
  expect(stdout).toContain("web: DECLARED port 4000 but NOTHING listening\n");
  expect(stdout).toMatch(/^Mismatches: 1$/m);
});

it("one whose meta.json is broken is told of, not taken for gone", async () => {
  const { ask, call, root } = shell();
  await ask("tsm_create_metadata", "web", `${sleeping().pid}`, ...META);
  writeFileSync(join(root, "tsm/runtime/processes/web/meta.json"), "{");

  expect(await call("tetra_tsm_is_running", "web")).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^tsm: web\/meta\.json: /),
  });
  expect(await call("tetra_tsm_is_running", "../web")).toMatchObject({ status: 1, stderr: "" });
  rmSync(join(root, "tsm/runtime/processes/web"), { recursive: true });
});

it("without TETRA_DIR every function says so", async () => {
  const { call, env } = shell();
  env["TETRA_DIR"] = "";

  for (const name of Object.keys(serviceFunctions)) {
    expect(await call(name, "x")).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^tsm: TETRA_DIR environment variable not set\n/),
    });
  }
});
