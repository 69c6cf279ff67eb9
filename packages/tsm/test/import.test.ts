import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isTetraError } from "@tetra/errors";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { importFile, type ImportedFile } from "../src/definitions/import-file.ts";
import { importEcosystem } from "../src/definitions/import-pm2.ts";
import { importProcessCompose } from "../src/definitions/import-process-compose.ts";
import { importProcfile } from "../src/definitions/import-procfile.ts";
import type { Imported } from "../src/definitions/import-report.ts";
import { formatTsmYaml, parseTsmYaml } from "../src/definitions/tsm-yaml.ts";

const FIXTURES = join(import.meta.dirname, "fixtures/import");

function imported(name: string, env?: string): Promise<ImportedFile> {
  return importFile(join(FIXTURES, name), { environment: process.env, env });
}

/** The report as lines: service, field, what it became, and what to know. */
function told({ report }: Imported, service: string): readonly string[] {
  return report
    .filter((line) => line.service === service)
    .map(({ field, outcome, became = "", note = "" }) => {
      const to = became === "" ? "" : ` -> ${became}`;
      return `${outcome} ${field}${to}${note === "" ? "" : ` (${note})`}`;
    });
}

function temporary(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "tsm-import-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  return isTetraError(error) ? `${error.code}: ${error.message}` : "was not refused";
}

describe("an ecosystem.config of pm2", () => {
  it("becomes services that behave as pm2's do", async () => {
    const { keys, kind, wasExecuted } = await imported("ecosystem.config.cjs");

    expect([kind, wasExecuted]).toEqual(["pm2", true]);
    expect(keys.services).toEqual({
      "shop-api": {
        command: ["node", "--max-old-space-size=300", "--enable-source-maps", "./bin/www"],
        cwd: "backend",
        instances: 4,
        port: 3000,
        env: { NODE_ENV: "development", DEBUG: "true" },
        max_memory: "350M",
        restart: "always",
        max_restarts: 16,
        stable_after: "1s",
        backoff: { first: "100ms", max: "15s" },
        stop_signal: "SIGINT",
        stop_timeout: "5s",
      },
      worker: {
        command: ["python3", "worker.py", "--queue", "mail", "--name", "night shift"],
        org: "mailing",
        restart: "on-failure",
        max_restarts: 5,
        success_exit: [0, 3],
        stable_after: "10s",
        backoff: { first: "3s", max: "3s", jitter: 0 },
        cron: "0 4 * * *",
        watch: { paths: ["src", "templates"], ignore: ["node_modules", "*.log"] },
        stop_signal: "SIGINT",
        stop_timeout: "1600ms",
      },
      npm: {
        command: ["npm", "run", "build"],
        restart: "no",
        stop_signal: "SIGINT",
        stop_timeout: "1600ms",
      },
    });
  });

  it("is reported field by field", async () => {
    const file = await imported("ecosystem.config.cjs");

    expect(told(file, "shop-api")).toEqual([
      "changed name -> the service's name (it is shop-api now)",
      "carried script -> command",
      "carried cwd -> cwd",
      "carried instances -> instances",
      "changed exec_mode (instances do not share a port: each gets its own PORT, and a proxy (tsm nginx) spreads requests)",
      "carried node_args -> command",
      "carried max_memory_restart -> max_memory",
      "carried env -> env and port",
      "dropped env_production (to take it, import with --env production)",
      "dropped error_file (output goes to files of tsm's own: tsm logs, tsm paths)",
      "dropped out_file (output goes to files of tsm's own: tsm logs, tsm paths)",
      "dropped log_date_format (tsm logs --timestamps shows times)",
      "dropped merge_logs (each instance has its own log; tsm logs shows several together)",
      "dropped wait_ready (process.send('ready') is not heard: say what answers when it is ready, ready: tcp)",
      "dropped listen_timeout (say ready: { tcp: true, timeout: … } instead)",
      "carried kill_timeout -> stop_timeout",
      "changed exp_backoff_restart_delay -> backoff (it doubles, where pm2 grows by half)",
      "carried (default of pm2) -> restart",
      "carried (default of pm2) -> max_restarts",
      "carried (default of pm2) -> stable_after",
      "carried (default of pm2) -> stop_signal",
    ]);
    expect(told(file, "npm")).toContain("dropped colour (tsm has nothing for it)");
    expect(told(file, "(file)")).toEqual(["dropped deploy (deploying is what ttm is for)"]);
  });

  it("takes the environment that is asked for", async () => {
    const { keys } = await imported("ecosystem.config.cjs", "production");

    expect(keys.services["shop-api"]?.env).toEqual({ NODE_ENV: "production", DEBUG: "true" });
  });

  it("is not executed as JSON", async () => {
    const file = temporary("ecosystem.json", '{"apps": {"name": "x", "script": "x.sh"}}');

    const { keys, wasExecuted } = await importFile(file, { environment: {} });

    expect([keys.services["x"]?.command, wasExecuted]).toEqual([["bash", "x.sh"], false]);
  });

  it.each([
    ["throw new Error('no database')", "Error: no database"],
    ["module.exports = {", "SyntaxError: "],
    ["module.exports = { a: 1 }", "is none of the files that can be imported"],
    ["process.exit(3)", "it failed"],
  ])("is refused when it fails: %s", async (text, message) => {
    const file = temporary("ecosystem.config.cjs", text);

    expect(await refusal(importFile(file, { environment: process.env }))).toContain(
      `IMPORT_FAILED: ${file}: ${message}`,
    );
  });

  it("is ended when it takes too long", async () => {
    const file = temporary("ecosystem.config.js", "for (;;);");

    const refused = await refusal(importFile(file, { environment: process.env, timeoutMs: 300 }));

    expect(refused).toBe(`IMPORT_FAILED: ${file}: it took longer than 300 ms`);
  });
});

describe("a dump of pm2", () => {
  it("becomes what was asked for, without what the session had", async () => {
    const file = await imported("dump.pm2");

    expect(file.kind).toBe("pm2-dump");
    expect(file.keys.services).toEqual({
      api: {
        command: ["node", "/srv/api/server.js", "--verbose"],
        cwd: "/srv/api",
        instances: 2,
        port: 3000,
        env: { DATABASE_URL: "postgres://localhost/shop" },
        restart: "always",
        max_restarts: 16,
        stable_after: "1s",
        stop_signal: "SIGINT",
        stop_timeout: "1600ms",
      },
      report: {
        command: ["bash", "/srv/tools/report.sh"],
        cwd: "/srv/tools",
        enabled: false,
        restart: "no",
        stop_signal: "SIGINT",
        stop_timeout: "1600ms",
      },
    });
    expect(told(file, "api").join("\n")).toContain(
      "dropped env: SHELL, HOME, PATH, SSH_CONNECTION, TERM, PM2_HOME, PM2_USAGE, unique_id, api (of the session",
    );
    expect(told(file, "report")).toContain("changed status -> enabled (it was not running)");
  });
});

describe("a Procfile", () => {
  it("becomes services with the ports of foreman", async () => {
    const file = await imported("Procfile");

    expect(file.keys.services).toEqual({
      web: { command: "bundle exec puma -p $PORT -e ${RAILS_ENV:-development}", port: 5000 },
      worker: { command: "bundle exec sidekiq -q mail -q default" },
      release: { command: "bin/rails db:migrate", enabled: false },
    });
    expect(told(file, "web")).toEqual([
      "carried web -> command",
      "changed $PORT -> port (5000, as foreman would give it)",
    ]);
  });

  it("brings the .env beside it along", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tsm-import-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    cpSync(join(FIXTURES, "Procfile"), join(folder, "Procfile"));
    writeFileSync(join(folder, ".env"), "A=1\n");

    const { keys } = await importFile(join(folder, "Procfile"), { environment: {} });

    expect(keys.services["web"]?.env_file).toBe(".env");
  });

  it("loses lines that are none, as with foreman, and says which", async () => {
    const file = temporary("Procfile", "nonsense\nweb: x\n");

    const { keys, report } = await importFile(file, { environment: {} });

    expect(Object.keys(keys.services)).toEqual(["web"]);
    expect(report).toContainEqual(expect.objectContaining({ field: "line 1", outcome: "dropped" }));
  });

  it("is refused when no line is one", async () => {
    const file = temporary("Procfile", "nonsense\n");

    expect(await refusal(importFile(file, { environment: {} }))).toContain("IMPORT_FAILED");
  });
});

describe("a file of process-compose", () => {
  it("says where variables were expanded", async () => {
    const text = "processes:\n  api: { command: x, environment: ['A=1', 'URL=$HOST/x'] }\n";
    const file = temporary("process-compose.yaml", text);

    const { report } = await importFile(file, { environment: {} });

    expect(report).toContainEqual(
      expect.objectContaining({ field: "environment", outcome: "changed", became: "env" }),
    );
  });

  it("becomes services that wait for each other as they did", async () => {
    const { kind, keys } = await imported("process-compose.yaml");

    expect(kind).toBe("process-compose");
    expect(keys).toEqual({
      env: { REGION: "eu", LOG: "info" },
      services: {
        postgres: {
          command: "postgres -D ./data -c log_line_prefix='$p '",
          cwd: "./db",
          restart: "always",
          backoff: { first: "2s", max: "2s", jitter: 0 },
          ready: { command: "pg_isready -h localhost" },
          stop_signal: "SIGINT",
          stop_timeout: "20s",
        },
        migrate: { command: "./migrate.sh up", depends_on: { postgres: "healthy" } },
        api: {
          command: "node server.js",
          env: { PORT: "8080" },
          instances: 2,
          org: "shop",
          restart: "on-failure",
          max_restarts: 5,
          depends_on: { migrate: "completed", cache: "started" },
          health: {
            http: "http://127.0.0.1:8080/health",
            interval: "10s",
            timeout: "3s",
            failures: 4,
            grace: "5s",
          },
        },
        cache: { command: "redis-server", enabled: false },
      },
    });
  });

  it("is reported field by field", async () => {
    const file = await imported("process-compose.yaml");

    expect(told(file, "api")).toEqual([
      "carried command -> command",
      "carried environment -> env",
      "carried replicas -> instances",
      "carried namespace -> org",
      "changed availability -> restart (exit_on_end is left out)",
      "changed depends_on -> depends_on (cache counts when it is started)",
      "carried liveness_probe -> health",
    ]);
    expect(told(file, "cache")).toEqual([
      "carried command -> command",
      "dropped is_daemon (a service must stay in the foreground: leave its daemon option out)",
      "dropped ready_log_line (say what answers when it is ready: ready: tcp)",
      "carried disabled -> enabled",
      "dropped is_elevated (tsm has nothing for it)",
    ]);
    expect(told(file, "(file)").map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
      "carried version",
      "dropped log_level",
      "dropped log_location",
      "carried environment",
      "changed shell",
    ]);
  });
});

/** What was imported, written and read again. */
async function readBack({ keys }: Imported): Promise<unknown> {
  const definitions = await parseTsmYaml(await formatTsmYaml(keys, "imported"), "/x/tsm.yaml");
  return definitions.map((read) => [read.name, read.org, read.keys]);
}

/** What that must be. */
function meaning({ keys: { env: common, services } }: Imported): unknown {
  return Object.entries(services).map(([name, { org, env, ...keys }]) => {
    const variables = { ...common, ...env };
    return [name, org, Object.keys(variables).length === 0 ? keys : { ...keys, env: variables }];
  });
}

const NOTHING: Imported = { keys: { services: {} }, report: [] };

describe("what is imported can be written and read as the same", () => {
  it.each(["ecosystem.config.cjs", "dump.pm2", "Procfile", "process-compose.yaml"])(
    "%s",
    async (name) => {
      const file = await imported(name);

      expect(await readBack(file)).toEqual(meaning(file));
    },
  );

  const text = fc
    .string({ unit: "grapheme-ascii", minLength: 1, maxLength: 12 })
    .filter((value) => value.trim() !== "");
  const anyApp = fc.record(
    {
      name: text,
      script: text,
      args: fc.oneof(text, fc.array(text, { maxLength: 3 })),
      instances: fc.oneof(fc.integer({ min: -2, max: 9 }), fc.constant("max")),
      watch: fc.oneof(fc.boolean(), fc.array(text, { minLength: 1, maxLength: 2 })),
      ignore_watch: fc.array(text, { minLength: 1, maxLength: 2 }),
      env: fc.dictionary(
        fc.constantFrom("A", "B", "PORT"),
        fc.oneof(text, fc.nat(99_999), fc.boolean()),
      ),
      max_memory_restart: fc.oneof(fc.nat(), fc.constantFrom("300M", "1G", "2k", "lots")),
      autorestart: fc.boolean(),
      max_restarts: fc.nat(20),
      min_uptime: fc.oneof(fc.nat(99_999), fc.constantFrom("10s", "1m")),
      restart_delay: fc.nat(9999),
      exp_backoff_restart_delay: fc.nat(9999),
      kill_timeout: fc.nat(9999),
      stop_exit_codes: fc.array(fc.nat(300)),
      namespace: text,
      other: fc.anything(),
    },
    { requiredKeys: ["script"] },
  );

  it("any apps of pm2", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyApp, { minLength: 1, maxLength: 3 }), async (apps) => {
        const result = importEcosystem({ apps }, { folder: "/srv", cpus: 4 }) ?? NOTHING;

        expect(await readBack(result)).toEqual(meaning(result));
        expect(Object.keys(result.keys.services)).toHaveLength(apps.length);
      }),
    );
  });

  it("any processes of process-compose, and any lines of a Procfile", async () => {
    const anyProcess = fc.record({
      command: text,
      replicas: fc.integer({ min: 1, max: 3 }),
      environment: fc.array(fc.constantFrom("A=1", "B=x=y", "C")),
      availability: fc.record({ restart: fc.constantFrom("no", "always", "on_failure", false) }),
      is_tty: fc.boolean(),
    });
    const processes = fc.dictionary(text, anyProcess, { minKeys: 1, maxKeys: 3 });
    await fc.assert(
      fc.asyncProperty(processes, fc.stringMatching(/^[a-z]+: [!-~]+$/), async (all, line) => {
        const composed = importProcessCompose({ processes: all }) ?? NOTHING;
        const lines = importProcfile(line, { hasEnvFile: true }) ?? NOTHING;

        expect(await readBack(composed)).toEqual(meaning(composed));
        expect(await readBack(lines)).toEqual(meaning(lines));
      }),
    );
  });
});
