import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { userInfo } from "node:os";
import { join } from "node:path";
import { tryLockFile } from "@tetra/durable-fs";
import { expect, it, onTestFinished, vi } from "vitest";
import {
  auditIssues,
  diagnose,
  type DoctorWorld,
  doctorWorld,
  healthcheck,
  lookAtDefinitions,
  orphanCheck,
  patrol,
  readHistory,
  repairAll,
  uptimeOf,
  validateCommand,
} from "../src/diagnosis/index.ts";
import { openServices, systemPlatform } from "../src/index.ts";
import { readLedger } from "../src/ports/index.ts";
import { ledgerKeeper } from "../src/ports/keep-ledger.ts";
import { PATIENCE_MS, specOf, temporaryFolder, temporaryServices } from "./temporary-services.ts";

vi.setConfig({ testTimeout: PATIENCE_MS });
const platform = systemPlatform();
const LONG_AGO_S = Date.now() / 1000 - 3600;

interface Patient extends DoctorWorld {
  readonly processes: string;
}

function patient(): Patient {
  const { services, folder } = temporaryServices();
  const processes = join(folder, "runtime/processes");
  mkdirSync(processes, { recursive: true, mode: 0o700 });
  const world = doctorWorld({
    folder,
    services,
    platform,
    environment: { ...process.env, TETRA_DIR: join(folder, "..") },
    user: { home: temporaryFolder(), name: userInfo().username },
  });
  return { ...world, processes };
}

/** Makes a file, or a folder for a path that ends in `/`, that was last changed an hour ago. */
function old(path: string, text = ""): string {
  if (path.endsWith("/")) mkdirSync(path, { recursive: true });
  else writeFileSync(path, text);
  utimesSync(path, LONG_AGO_S, LONG_AGO_S);
  return path;
}

function litter(world: Patient): readonly string[] {
  const { processes } = world;
  const left = [
    join(processes, ".reserved-9/"),
    join(processes, "half/"),
    join(processes, ".tmp-0123456789"),
    join(processes, "done/.tmp-abcdefghij"),
    join(processes, "done/done.pid"),
  ];
  mkdirSync(join(processes, "done"), { recursive: true });
  for (const path of left) old(path, "999999999\n");
  old(join(processes, "done/")); // it changed when files were put into it
  // what has no metadata is no service that could be ended
  onTestFinished(() => {
    for (const name of ["half", "done"]) {
      if (!existsSync(join(processes, name, "meta.json"))) {
        rmSync(join(processes, name), { recursive: true, force: true });
      }
    }
  });
  return left;
}

it("the patrol removes what is stale, and nothing else", async () => {
  const world = patient();
  await world.services.start(specOf("done", "sleep 60"));
  await world.services.stop("done");
  await world.services.start(specOf("web", "sleep 60"));
  const stale = litter(world);
  await ledgerKeeper(world.ports).started({ tsm_id: 77, name: "gone", port: 4000, pid: 1 });
  writeFileSync(world.ports.allocations, `4001|gone|${process.pid}|1000\n`);

  const told = await patrol(world, { dryRun: true });
  expect(stale.every((path) => existsSync(path))).toBe(true);
  const cleaned = await patrol(world);

  expect(cleaned.map(({ type }) => type).toSorted()).toEqual([
    "allocation",
    "folder",
    "pid-file",
    "port-row",
    "reservation",
    "temporary",
    "temporary",
  ]);
  expect(told).toHaveLength(cleaned.length);
  expect(stale.filter((path) => existsSync(path))).toEqual([]);
  expect(world.services.names()).toEqual(["done", "web"]);
  expect(world.services.observe("web").observed.state).toBe("online");
  expect(existsSync(join(world.processes, "web/web.pid"))).toBe(true);
  expect(readLedger(world.ports).map(({ name }) => name)).not.toContain("gone");
  expect(await patrol(world)).toEqual([]);
});

it("a folder on which somebody acts is left alone, also when they began after it was looked at", async () => {
  const world = patient();
  const folder = old(join(world.processes, "half/"));
  const lock = tryLockFile(world.fs, join(folder, "lock"), { offset: 0, length: 1 });
  onTestFinished(() => {
    lock?.release();
    rmSync(folder, { recursive: true });
  });
  utimesSync(folder, LONG_AGO_S, LONG_AGO_S);

  expect(await patrol(world)).toEqual([]);
  expect(existsSync(folder)).toBe(true);
});

it("a pid that went to another process does not keep a pid file", async () => {
  const world = patient();
  await world.services.start(specOf("done", "sleep 60"));
  await world.services.stop("done");
  const path = old(join(world.processes, "done/done.pid"), `${process.pid}\n`);

  expect(await patrol(world)).toMatchObject([{ type: "pid-file", path }]);
  expect(existsSync(path)).toBe(false);
});

it("the doctor names what is wrong, and with its fix what it repairs is gone", async () => {
  const world = patient();
  await world.services.start(specOf("web", "sleep 60"));
  chmodSync(join(world.processes, "web/environment.json"), 0o644);
  litter(world);
  mkdirSync(join(world.processes, "broken"));
  writeFileSync(join(world.processes, "broken/meta.json"), "no json");
  const bad = (): readonly string[] =>
    diagnose(world)
      .filter(
        ({ level, check }) => level !== "ok" && ["folders", "tracking", "services"].includes(check),
      )
      .map(({ check, where }) => `${check} ${where.slice(world.folder.length + 1) || where}`);

  expect(bad()).toEqual(
    [
      "folders services-available",
      "folders services-enabled",
      "folders runtime/processes/web/environment.json",
      "tracking runtime/processes/.reserved-9/",
      "tracking runtime/processes/done",
      "tracking runtime/processes/half",
      "tracking runtime/processes/.tmp-0123456789",
      "services broken",
    ].map((line) => line.replace(/\/$/, "")),
  );

  await repairAll(world, diagnose(world));

  expect(bad()).toEqual(["services broken"]);
  expect(statSync(join(world.processes, "web/environment.json")).mode & 0o777).toBe(0o600);
  expect(world.services.observe("web").observed.state).toBe("online");
});

it("the doctor says what is wrong with a data root that cannot be used", () => {
  const root = temporaryFolder();
  writeFileSync(join(root, "data"), "no folder");
  const folder = join(root, "data/tsm");
  const world = doctorWorld({ ...patient(), folder, services: openServices({ folder }) });
  const errors = (findings: ReturnType<typeof diagnose>) =>
    findings.filter(({ level, check }) => level === "error" && check === "folders");

  expect(errors(diagnose(world))).toMatchObject([
    { where: join(root, "data"), what: "is no folder" },
  ]);
  expect(errors(healthcheck(world))).toHaveLength(1);
  expect(orphanCheck(world)).toEqual([]);
});

it("the doctor tells what is enabled and leads nowhere", () => {
  const world = patient();
  const enabled = join(world.folder, "services-enabled");
  mkdirSync(enabled, { recursive: true });
  symlinkSync("../services-available/gone.tsm", join(enabled, "gone.tsm"));

  expect(diagnose(world)).toContainEqual(
    expect.objectContaining({
      level: "warning",
      where: join(enabled, "gone.tsm"),
      what: "the link points to nothing",
    }),
  );
});

const everythingIn = (folder: string): ReadonlySet<string> =>
  new Set(readdirSync(folder, { recursive: true, encoding: "utf8" }));

it("diagnosing changes nothing and says the same twice", () => {
  const world = patient();
  litter(world);
  const before = everythingIn(world.folder);

  const first = healthcheck(world);
  diagnose(world);

  expect(healthcheck(world)).toEqual(first);
  expect(everythingIn(world.folder)).toEqual(before);
});

it("a service whose shim was killed is told", async () => {
  const world = patient();
  const { observed } = await world.services.start(specOf("web", "sleep 60"));
  process.kill(observed.shim?.pid ?? 0, "SIGKILL");

  await vi.waitFor(
    () => expect(world.services.observe("web").observed.shimLost).toBe(true),
    10_000,
  );

  expect(diagnose(world)).toContainEqual(
    expect.objectContaining({ level: "warning", check: "services", where: "web" }),
  );
});

it("the audit reads the definitions that are there", () => {
  const folder = temporaryFolder();
  expect(auditIssues(lookAtDefinitions(folder, {}))).toHaveLength(2);
  const available = join(folder, "services-available");
  const enabled = join(folder, "services-enabled");
  mkdirSync(available);
  mkdirSync(enabled);
  writeFileSync(
    join(available, "web.tsm"),
    "TSM_NAME=web\nTSM_COMMAND='node web.js'\nTSM_PORT=3000\n",
    {
      mode: 0o755,
    },
  );
  writeFileSync(join(available, "api.tsm"), "TSM_NAME=api\nTSM_PORT=3000\n", { mode: 0o644 });
  symlinkSync("../services-available/web.tsm", join(enabled, "web.tsm"));
  symlinkSync("../services-available/gone.tsm", join(enabled, "gone.tsm"));

  const issues = auditIssues(lookAtDefinitions(folder, {}));

  expect(issues.map(({ path, what }) => [path.slice(folder.length + 1), what])).toEqual([
    ["services-available/api.tsm", expect.stringContaining("TSM_COMMAND")],
    ["services-available/api.tsm", "is not executable"],
    ["services-enabled/gone.tsm", "the link points to nothing"],
  ]);
});

it("history is read from the end, over blocks, torn and foreign lines", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "runtime"));
  const line = (at: number): string =>
    JSON.stringify({
      ts_ms: at,
      event: "started",
      name: at % 2 === 0 ? "even" : "odd",
      pad: "x".repeat(200),
    });
  const lines = Array.from({ length: 1500 }, (_, at) => line(at)).join("\n");
  writeFileSync(
    join(folder, "runtime/history.ndjson"),
    `no json\n${lines}\n{"ts": "2026-01-31T09:30:00Z", "event": "moon"}\n${line(99)}`,
  );

  expect(readHistory(folder)).toHaveLength(1501);
  expect(readHistory(folder, { last: 2 }).map(({ atMs }) => atMs)).toEqual([
    1499,
    Date.UTC(2026, 0, 31, 9, 30),
  ]);
  expect(readHistory(folder, { names: ["odd"], last: 2 }).map(({ atMs }) => atMs)).toEqual([
    1497, 1499,
  ]);
  expect(readHistory(folder, { names: ["odd"], sinceMs: 1490 })).toHaveLength(5);
  expect(readHistory(temporaryFolder())).toEqual([]);
});

it("uptime is told from what the services wrote", async () => {
  const world = patient();
  await world.services.start(specOf("web", "sleep 60"));
  await world.services.restart("web");
  await world.services.stop("web");

  const lines = readHistory(world.folder, { names: ["web"] });
  const uptime = uptimeOf({ name: "web", lines, nowMs: Date.now() });

  // without an availability where all of it took less than a millisecond
  expect(uptime).toMatchObject({ runs: 2, crashes: 0, downMs: 0 });
});

it("a command is validated without being started", async () => {
  const cwd = temporaryFolder();
  const environment = { PATH: process.env["PATH"] };
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  const taken = typeof address === "object" ? String(address?.port) : "";
  writeFileSync(join(cwd, "local.env"), "PORT=3000\nTOKEN=CHANGEME\n");
  writeFileSync(join(cwd, "shell.env"), "PORT=$(date)\n");
  const validate = (command: string, more: object = {}): ReturnType<typeof validateCommand> =>
    validateCommand({ command: [command], cwd, environment, ...more }, platform);

  expect(validate("sh -c true").valid).toBe(true);
  expect(validate("no-such-program").errors).toEqual([
    "no-such-program: not found or not executable",
  ]);
  expect(validate("./gone.sh").valid).toBe(false);
  expect(validate("sh", { port: taken }).errors).toEqual([
    expect.stringContaining(`pid ${process.pid}`),
  ]);
  expect(validate("sh", { port: "80" }).warnings).toEqual([
    "port 80 is below 1024: only root may listen there",
  ]);
  expect(validate("sh", { port: "x" }).errors).toEqual(["x is no port: 1 to 65535"]);
  expect(validate("sh", { envFile: "local.env" })).toMatchObject({
    errors: ["local.env:2: TOKEN has a placeholder"],
    info: [expect.anything(), "local.env: 2 variables", "PORT is 3000"],
  });
  expect(validate("sh", { envFile: "shell.env" }).errors[0]).toContain("shell.env");
  expect(validate("sh", { envFile: "gone.env" }).errors).toEqual(["gone.env: no such file"]);
});
