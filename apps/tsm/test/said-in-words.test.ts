import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { freePort, type Sandbox, sandbox } from "./tsm.ts";

async function stopped(box: Sandbox, name: string, port: string): Promise<void> {
  await box.ok("start", "--name", name, "--port", port, "sleep", "7821");
  await box.ok("stop", `${name}-${port}`);
}

it("what was stopped is started again by the beginning of its name", async () => {
  const box = sandbox();
  await stopped(box, "shop", "20960");

  expect(await box.ok("start", "shop")).toContain("✅ Started: shop-20960 (TSM ID: 0,");
  expect((await box.tsm("start", "shop")).stderr).toContain("already running");
  expect((await box.tsm("start", "--port", "20969", "shop")).stderr).toContain(
    "start it without options",
  );
});

it("a program is never taken for a service that begins alike, nor is a name for two", async () => {
  const box = sandbox();
  await stopped(box, "sleeping", "20961");
  await stopped(box, "shop-a", "20962");
  await stopped(box, "shop-b", "20963");

  expect(await box.ok("start", "--", "sleep", "7822")).toContain("Started: sleep-");
  expect(await box.ok("start", "sleep", "7823")).toContain("Started: sleep-");
  const { stderr } = await box.tsm("start", "shop");
  expect(stderr).toContain("ambiguous name 'shop'");
});

it("options between the name and the command are kept, and unknown ones refused", async () => {
  const box = sandbox();
  const command = ["python3", "-m", "http.server", "4120"];
  const said = ["--port", "4120", "--restart", "always", "--max-memory=300M"];
  await box.ok("save", "docs", ...said, ...command);

  const shown = await box.json("show", "docs");
  expect(Object(shown).definition).toMatchObject({
    port: 4120,
    restart: "always",
    max_memory: "300M",
    command: command.join(" "),
  });
  const refused = await box.tsm("save", "docs2", "--prot", "4120", ...command);
  expect(refused).toMatchObject({ exitCode: 64, stderr: expect.stringContaining("--prot") });
});

it("a failed start counts as a run that crashed, and uptime knows it by the beginning of its name", async () => {
  const box = sandbox();
  await box.tsm(
    "start",
    "--name",
    "shop",
    "--port",
    "20965",
    "sh",
    "-c",
    "echo no such table >&2; exit 7",
  );

  expect(await box.json("uptime", "shop")).toMatchObject({
    uptime: [{ name: "shop-20965", runs: 1, crashes: 1 }],
  });
  expect(await box.ok("info", "shop")).toContain("  no such table");
});

it("history tells moments as such, without blanks at line ends", async () => {
  const box = sandbox();
  await stopped(box, "shop", "20966");
  const file = join(box.root, "tsm/runtime/history.ndjson");
  const line = { ts_ms: 0, event: "backoff", name: "shop-20966", next_try_at_ms: 86_400_000 };
  writeFileSync(file, `${readFileSync(file, "utf8")}${JSON.stringify(line)}\n`);

  const text = await box.ok("history", "shop");

  expect(text).toContain("next_try_at=1970-01-02T00:00:00Z");
  expect(text).not.toMatch(/ $/m);
});

it("who has the port is named when it is a service, with the way to stop it", async () => {
  const box = sandbox();
  const port = String(await freePort());
  const server = `require("net").createServer().listen(${port}, "127.0.0.1")`;
  await box.ok("start", "--name", "first", "--port", port, "--ready", "tcp", "node", "-e", server);
  const { stderr } = await box.tsm(
    "start",
    "--name",
    "second",
    "--port",
    port,
    "node",
    "-e",
    server,
  );

  expect(stderr).toContain(`   Service: first-${port}`);
  expect(stderr).toContain(`     stop it:            tsm stop first-${port}\n`);
});
