import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { freePort, sandbox, type Sandbox } from "./tsm.ts";

vi.setConfig({ testTimeout: 60_000 });

function withPorts(text: string): Sandbox & { readonly config: string } {
  const box = sandbox();
  mkdirSync(join(box.root, "config"));
  const config = join(box.root, "config/ports.toml");
  writeFileSync(config, text);
  return { ...box, config };
}

async function listening(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

it("named ports are set, shown, removed, and the file keeps its comments", async () => {
  const { ok, tsm, config } = withPorts("# ours\n[ports]\ntetra = 4444 # the dashboard\n");

  expect(await ok("ports", "set", "web", "4000")).toBe("✅ web: 4000\n");
  expect(await ok("ports", "add", "tetra", "4445")).toBe("✅ tetra: 4445 (was 4444)\n");
  expect(await ok("ports", "list")).toBe("Name   Port\ntetra  4445\nweb    4000\n");
  expect(await ok("ports", "show", "web")).toBe("4000\n");
  expect(await ok("ports", "show", "4445")).toBe("tetra\n");
  expect(await ok("ports", "env")).toBe("TETRA_PORT=4445\nWEB_PORT=4000\n");
  expect(await ok("ports", "rm", "web")).toBe("✅ web: removed (was 4000)\n");
  expect(readFileSync(config, "utf8")).toBe("# ours\n[ports]\ntetra = 4445 # the dashboard\n");
  expect((await tsm("ports", "remove", "web")).exitCode).toBe(1);
});

it.each([
  ["a port that is none", ["set", "web", "99999"], 1, "is no port"],
  ["a port that another name has", ["set", "web", "4444"], 1, 'already assigned to "tetra"'],
  ["an unknown name", ["remove", "moon"], 1, 'no port is named "moon"'],
  ["an unknown range", ["allocate", "web", "moon"], 1, "there is no range"],
  ["a port that is missing", ["set", "web"], 64, "port required"],
  ["a file that is not there", ["import", "gone.toml"], 66, "gone.toml"],
])("ports refuses %s", async (_what, args, status, words) => {
  const { tsm } = withPorts("[ports]\ntetra = 4444\n");

  const { exitCode, stderr } = await tsm("ports", ...args);

  expect(exitCode).toBe(status);
  expect(stderr).toContain(words);
});

it("a file that is wrong is told with its line, and nothing is written", async () => {
  const { tsm, config } = withPorts("[ports]\nweb = \n");

  const { exitCode, stderr } = await tsm("ports", "set", "web", "4000");

  expect(exitCode).toBe(65);
  expect(stderr).toContain(`${config}:2:`);
  expect(readFileSync(config, "utf8")).toBe("[ports]\nweb = \n");
});

it("allocating prints the port alone; conflicts are shown, and fixed", async () => {
  const { ok, tsm } = withPorts("[ports]\na = 4100\nb = 4100\n");

  expect((await tsm("ports", "validate")).exitCode).toBe(1);
  const { exitCode, stdout } = await tsm("ports", "conflicts");
  expect([exitCode, stdout]).toEqual([1, "port 4100 is assigned to a, b\n"]);
  expect(await ok("ports", "conflicts", "--fix")).toMatch(/^b: 4100 → 4\d{3}\nNo conflicts\n$/);
  expect(await ok("ports", "allocate", "web", "testing")).toMatch(/^6\d{3}\n$/);
});

it("names are exported and imported again, with what became of each", async () => {
  const { ok, json, tsm, work } = withPorts("[ports]\na = 4100\nb = 4101\n");
  await ok("ports", "export", "all.toml");
  await ok("ports", "remove", "b");

  expect(await json("ports", "import", "all.toml")).toEqual({
    added: ["b"],
    changed: [],
    unchanged: ["a"],
    refused: [],
  });
  writeFileSync(join(work, "theirs.toml"), "[ports]\nc = 4100\n");
  expect(await tsm("ports", "import", "theirs.toml")).toMatchObject({
    exitCode: 1,
    stdout: "❌ c: port 4100 is already assigned to a\nadded 0, changed 0, unchanged 0\n",
  });
  expect(await ok("ports", "export", "-", "env")).toBe("A_PORT=4100\nB_PORT=4101\n");
});

it("a service's port is online in a scan, and in the registry both entries agree", async () => {
  const { ok, tsm, json, root } = sandbox();
  const port = String(await freePort());
  const serve = `require("net").createServer().listen(${port}, "127.0.0.1")`;
  await ok("start", "--name", "web", "--port", port, "node", "-e", serve);
  const registry = join(root, "tsm/runtime/ports/registry.tsv");
  expect(readFileSync(registry, "utf8")).toContain(`0\tweb-${port}\t${port}\t${port}\t`);

  const lines = (await ok("scan-ports")).split("\n");

  expect(lines.find((line) => line.startsWith(port))).toMatch(/^\d+ +\d+ +Online \(TSM: 0\)/);
  expect(readFileSync(registry, "utf8")).toContain(`0\tweb-${port}\t${port}\t${port}\t`);
  expect(await ok("ports", "reconcile")).toContain("Correct: 1\nMismatches: 0\n");
  expect(await json("ports", `web-${port}`)).toMatchObject({
    ports: [{ port: Number(port), state: "online", name: `web-${port}` }],
  });
  expect(await tsm("claim", port)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining(`belongs to the service web-${port}`),
  });
  await ok("delete", "web");
  expect(readFileSync(registry, "utf8")).not.toContain("web");
});

it("a service that listens on another port than it said is told, and shown with both", async () => {
  const { ok, tsm, json, root } = sandbox();
  const other = String(await freePort());
  const serve = `require("net").createServer().listen(${other}, "127.0.0.1")`;

  const started = await tsm("start", "--name", "web", "--port", "1", "node", "-e", serve);

  expect(started).toMatchObject({ exitCode: 0 });
  expect(started.stderr).toBe(
    "⚠️  web-1: started but not listening on expected port 1\n" +
      `⚠️  web-1: Port mismatch (declared=1, actual=${other})\n`,
  );
  const registry = join(root, "tsm/runtime/ports/registry.tsv");
  expect(readFileSync(registry, "utf8")).toContain(`0\tweb-1\t1\t${other}\t`);
  expect(await ok("list")).toContain(` 1→${other} `);
  expect(await json("list")).toMatchObject({
    services: [{ port: 1, actual_port: Number(other) }],
  });
  expect(await ok("info", "web")).toContain(`1 (Port mismatch: declared=1, actual=${other})`);
  expect(await tsm("ports", "reconcile")).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining(`PORT MISMATCH (declared=1, actual=${other})`),
  });

  process.kill(Number(Object(await json("info", "web")).pid), "SIGKILL");
  await expect.poll(() => json("info", "web")).toMatchObject({ pid: null, actual_port: null });
});

it("a service that does not listen mismatches, and its reconciliation ends with 1", async () => {
  const { ok, tsm } = sandbox();
  const port = String(await freePort());
  await ok("start", "--name", "web", "--port", port, "sleep", "60");

  const { exitCode, stdout } = await tsm("doctor", "reconcile");

  expect(exitCode).toBe(1);
  expect(stdout).toContain(`web-${port}: DECLARED port ${port} but NOTHING listening\n`);
  expect(await ok("scan-ports")).toMatch(new RegExp(`^${port} .*ERROR \\(port not open\\)`, "m"));
});

it("doctor port tells who has one, and kill asks or is forced", async () => {
  const { ok, tsm } = sandbox();
  const port = String(await listening());

  const used = await tsm("doctor", "port", port);
  expect(used.exitCode).toBe(1);
  expect(used.stdout).toContain(`🔴 Port ${port} is in use\n   PID: ${process.pid}\n`);
  expect(used.stdout).toContain("   Managed: no\n");
  expect(await tsm("doctor", "kill", port)).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining(`PID ${process.pid}`),
  });
  const free = String(await freePort());
  expect(await ok("doctor", "port", free)).toBe(`✅ Port ${free} is free\n`);
});

it("claim ends an unmanaged holder", async () => {
  const { ok, shell } = sandbox();
  const port = String(await freePort());
  const serve = `require("net").createServer().listen(${port}, "127.0.0.1", () => console.log("up"))`;

  const { stdout } = await shell(
    `exec 3< <("$NODE" -e '${serve}'); read -r _ <&3; tsm claim ${port}`,
  );

  expect(stdout).toMatch(/^✅ ended PID \d+ \(/);
  expect(stdout).toContain(`Port ${port} is free\n`);
  expect(await ok("doctor", "port", port)).toContain("is free");
});

it("a flat file of name:port lines is looked up, too", async () => {
  const { tsm, work, env } = sandbox();
  env["TSM_PORTS_FILE"] = join(work, "flat");
  expect((await tsm("ports", "show", "old")).exitCode).toBe(66);
  writeFileSync(join(work, "flat"), "old:8123\n");

  expect(await tsm("ports", "show", "old")).toMatchObject({ exitCode: 0, stdout: "8123\n" });
  expect(await tsm("--json", "ports", "show", "8123")).toMatchObject({
    stdout: expect.stringContaining('"source": "flat"'),
  });
  expect((await tsm("ports", "show", "moon")).exitCode).toBe(1);
});

it("the built-in ranges are shown", async () => {
  const { json } = sandbox();

  expect(await json("ranges")).toMatchObject({
    ranges: [{ name: "dev", from: 5000, to: 5999 }, {}, {}, {}],
    ignored: [5000, 22, 80, 443, 3306, 5432],
  });
});
