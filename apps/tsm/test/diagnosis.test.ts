import { chmodSync, mkdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { sandbox, type Sandbox } from "./tsm.ts";

vi.setConfig({ testTimeout: 60_000 });

interface Report {
  readonly healthy: boolean;
  readonly findings: readonly {
    readonly level: string;
    readonly check: string;
    readonly where: string;
    readonly what: string;
    readonly fix?: string;
  }[];
}

function isReport(value: unknown): value is Report {
  return typeof value === "object" && value !== null && "findings" in value;
}

async function reported({ tsm }: Sandbox, ...args: readonly string[]): Promise<Report> {
  const { stdout } = await tsm("--json", ...args);
  const report: unknown = JSON.parse(stdout);
  if (!isReport(report)) throw new Error(stdout);
  return report;
}

it("the doctor finds what is wrong, says what to do, and repairs what can do no harm", async () => {
  const box = sandbox();
  await box.ok("start", "--name", "web", "sleep", "60");
  const { services } = Object(await box.json("list"));
  const secret = join(box.root, `tsm/runtime/processes/${services[0].name}/environment.json`);
  chmodSync(secret, 0o644);

  const before = await reported(box, "doctor");
  expect(before.findings).toContainEqual(
    expect.objectContaining({ level: "warning", check: "folders", where: secret }),
  );
  expect(before.findings.filter(({ level, fix }) => level === "warning" && !fix)).toEqual([]);

  expect(await box.ok("doctor", "--fix")).toMatch(/repaired 3\n/);

  expect(statSync(secret).mode & 0o777).toBe(0o600);
  const after = await reported(box, "doctor");
  expect(
    after.findings.filter(({ check, level }) => check === "folders" && level !== "ok"),
  ).toEqual([]);
  expect(await box.ok("list")).toContain("online");
});

it("a service that has crashed, or has a file that is none, is named", async () => {
  const box = sandbox();
  await box.ok("start", "--name", "web", "sh", "-c", "sleep 0.8; exit 3");
  mkdirSync(join(box.root, "tsm/runtime/processes/broken"));
  writeFileSync(join(box.root, "tsm/runtime/processes/broken/meta.json"), "no json");

  await vi.waitFor(
    async () => {
      const { findings } = await reported(box, "doctor");
      expect(findings).toContainEqual(
        expect.objectContaining({ what: expect.stringContaining("has crashed (exit status 3)") }),
      );
    },
    { timeout: 20_000, interval: 200 },
  );

  const { exitCode, stdout } = await box.tsm("doctor");
  expect(exitCode).toBe(1);
  expect(stdout).toContain("[ERROR] broken: ");
});

it("the healthcheck is the short form, by both names", async () => {
  const { ok } = sandbox();

  const told = await ok("healthcheck");

  expect(told).toMatch(/^\[OK\] {4}TETRA_DIR: /m);
  expect(told).toMatch(/0 errors, \d+ warnings\n$/);
  // what it warns of is the machine's, where others come and go
  const good = (text: string) => text.split("\n").filter((line) => line.startsWith("[OK]"));
  expect(good(await ok("doctor", "healthcheck"))).toEqual(good(told));
});

it("an unknown part of the doctor ends with 1, and help names the parts", async () => {
  const { tsm, ok } = sandbox();

  expect((await tsm("doctor", "moon")).exitCode).toBe(1);
  expect(await ok("doctor", "help")).toContain("doctor orphans");
});

it("the patrol ends with how many it removed", async () => {
  const { tsm, root } = sandbox();
  const processes = join(root, "tsm/runtime/processes");
  for (const name of [".reserved-3", ".reserved-4", "half"]) {
    mkdirSync(join(processes, name), { recursive: true });
    utimesSync(join(processes, name), 1, 1);
  }

  const dry = await tsm("patrol", "--dry-run");
  expect(dry.exitCode).toBe(3);
  expect(dry.stdout).toContain("would remove ");
  expect((await tsm("patrol")).exitCode).toBe(3);
  expect(await tsm("patrol")).toMatchObject({ exitCode: 0, stdout: "Nothing is stale\n" });
});

it("clean removes what has crashed and leaves what was stopped", async () => {
  const { ok, json, tsm } = sandbox();
  await ok("start", "--name", "idle", "sleep", "60");
  await ok("stop", "idle");
  await tsm("start", "--name", "bad", "sh", "-c", "sleep 0.8; exit 3");
  await vi.waitFor(
    async () => expect(JSON.stringify(await json("list", "all"))).toContain('"crashed"'),
    { timeout: 20_000, interval: 200 },
  );

  expect(await json("doctor", "clean")).toMatchObject({
    crashed: [expect.stringMatching(/^bad-/)],
  });

  expect(JSON.stringify(await json("list", "all"))).toContain("idle-");
});

it("the audit ends with how many issues there are", async () => {
  const { tsm, ok, root } = sandbox();
  expect((await tsm("audit")).exitCode).toBe(2);
  await ok("audit", "init");
  expect((await tsm("audit")).exitCode).toBe(0);
  const path = join(root, "tsm/services-available/web.tsm");
  writeFileSync(path, "TSM_NAME=web\nTSM_PORT=5432\n");

  const { exitCode, stdout } = await tsm("audit");

  expect(exitCode).toBe(2);
  expect(stdout).toContain("services-available/web.tsm: ");
  expect(stdout).toContain("is not executable");
});

it("history takes what the other commands take for a service, and names of those that are no more", async () => {
  const { ok, json, tsm } = sandbox();
  await ok("start", "--name", "gone", "--port", "none", "sleep", "60");
  const { services } = Object(await json("list"));
  const [{ name }] = services;
  const events = async (word: string): Promise<readonly string[]> =>
    Object(await json("history", word)).history.map((line: { event: string }) => line.event);

  expect(await events("gone")).toEqual(["started"]);
  expect(await events("0")).toEqual(["started"]);
  await ok("delete", name);
  expect(await events(name)).toEqual(expect.arrayContaining(["started", "removed"]));
  expect(await events("gone")).toEqual(await events(name));
  expect(await tsm("history", "never")).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("process 'never' not found"),
  });
});

it("history tells who did what when; uptime adds it up", async () => {
  const { ok, json, tsm } = sandbox();
  await ok("start", "--name", "web", "sleep", "60");
  await ok("stop", "web");

  const told = await ok("history");
  expect(told).toMatch(/started +web-\d+ +\S+ via tsm/);
  expect(told).toMatch(/stopped +web-\d+/);
  const { history } = Object(await json("history", "-n", "1"));
  expect(history).toMatchObject([{ event: "stopped", via: "tsm" }]);
  expect(await json("uptime", "web")).toMatchObject({
    uptime: [{ availability: 1, runs: 1, crashes: 0, down_ms: 0, up_since_ms: null }],
  });
  expect((await tsm("history", "--since", "moon")).exitCode).toBe(65);
  expect((await tsm("history", "-n", "x")).exitCode).toBe(64);
  expect(await ok("history", "--since", "1h")).toContain("started");
});

it("validate looks at a command, its port and its env file without starting it", async () => {
  const { tsm, json, work } = sandbox();
  mkdirSync(join(work, "env"));
  writeFileSync(join(work, "env/local.env"), "PORT=3000\nTOKEN=CHANGEME\n");

  expect((await tsm("doctor", "validate", "ls", "-la")).exitCode).toBe(0);
  expect((await tsm("doctor", "validate", "no-such-program")).exitCode).toBe(1);
  expect((await tsm("doctor", "env")).stdout).toContain(
    "❌ env/local.env:2: TOKEN has a placeholder\n",
  );
  expect(await json("doctor", "validate", "--port", "80", "ls")).toMatchObject({
    valid: true,
    errors: [],
    warnings: [expect.stringContaining("80")],
  });
});
