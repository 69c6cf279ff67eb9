import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect } from "../agent.js";

const TIMEOUT_MS = 60_000;
const BIN = join(import.meta.dirname, "../../../bin");

let folder: string;
let env: Record<string, string>;
let agent: Awaited<ReturnType<typeof connect>>;
let said = "";
let id: string;

function tsm(...args: readonly string[]): string {
  return spawnSync(join(BIN, "tsm"), args, { cwd: folder, env, encoding: "utf8" }).stdout;
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "example-agent-services-")));
  env = {
    ...Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ""])),
    TETRA_DIR: folder,
    TETRA_NO_DAEMON: "1",
    PATH: [BIN, process.env["PATH"]].join(delimiter),
  };
  mkdirSync(join(folder, "config"));
  const policy = { services: ["talk*"], approval: { services: ["talk-too"] } };
  writeFileSync(join(folder, "config/agents.json"), JSON.stringify(policy), { mode: 0o600 });
  for (const name of ["talk", "talk-too", "secret"]) {
    tsm("save", name, "echo said by $0 --token geheim; exec sleep 600");
  }
  const heard = (_tool: string, _input: object, text: string): void => void (said = text);
  agent = await connect({ command: join(BIN, "ttm"), cwd: folder, env, heard });
  ({ id } = await agent.call("open_transaction", { description: "look after talk" }));
}, TIMEOUT_MS);

afterAll(async () => {
  await agent.close();
  tsm("delete", "*", "--force");
  rmSync(folder, { recursive: true, force: true });
});

it("lists what is defined, and says what may be steered", async () => {
  const { services } = await agent.call("list_services", {});

  expect(services).toEqual([
    { name: "secret", status: "available", can_steer: false },
    { name: "talk", status: "available", can_steer: true },
    { name: "talk-too", status: "available", can_steer: true },
  ]);
});

it("starts, shows, reads, restarts and stops a service, each as part of a transaction", async () => {
  expect(await agent.call("start_service", { id, name: "talk" })).toMatchObject({
    service: { name: expect.stringMatching(/^talk-\d+$/u), status: "online", can_steer: true },
    said: expect.stringContaining("Started: talk"),
  });
  const { pid, command } = await agent.call("get_service", { name: "talk" });
  expect(command).not.toContain("geheim");
  expect(
    await agent.call("read_service_logs", { name: "talk", contains: "said by" }),
  ).toMatchObject({
    lines: [{ stream: "out", line: expect.stringContaining("said by") }],
    is_cut: false,
  });
  expect(await agent.call("read_service_logs", { name: "talk", contains: "(((" })).toMatchObject({
    lines: [],
  });
  const { service } = await agent.call("restart_service", { id, name: "talk" });
  expect(service).toMatchObject({ status: "online", restarts: 1 });
  expect(service).not.toMatchObject({ pid });
  expect(await agent.call("reload_service", { id, name: "talk" })).toMatchObject({
    service: { status: "online", restarts: 2 },
  });
  expect(await agent.call("stop_service", { id, name: "talk" })).toMatchObject({
    service: { status: "stopped" },
  });

  const { events } = await agent.call("read_log", { id, event: "txn_update" });
  expect(JSON.stringify(events)).toMatch(
    /"service":"talk-\d+","verb":"stop","by":"scripted-agent \(agent\)","outcome":"done"/u,
  );
});

it("refuses what the policy does not name, what needs a person, and what is no service", async () => {
  for (const [name, code] of [
    ["secret", "FORBIDDEN"],
    ["talk-too", "NOT_APPROVED"],
    ["talks", "SERVICE_NOT_FOUND"],
  ] as const) {
    await agent.call("start_service", { id, name });
    expect(said).toContain(`Error (${code})`);
  }
  expect(tsm("list")).toContain("No running services found.");
});

it("says what tsm says when it refuses", async () => {
  await agent.call("stop_service", { id, name: "talk" });
  expect(said).toContain("Error (NOT_RUNNING)");
  await agent.call("get_service", { name: "nothing" });
  expect(said).toContain("Error (SERVICE_NOT_FOUND)");
});
