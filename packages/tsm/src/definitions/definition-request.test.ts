import { describe, expect, it } from "vitest";
import { fakeLaunchHost } from "../../test/fake-launch-host.ts";
import type { LaunchRequest } from "../launch/launch-request.ts";
import { planLaunch } from "../launch/plan-launch.ts";
import type { ServiceSpec } from "../run/service-spec.ts";
import { definitionRequest, referenceIn } from "./definition-request.ts";
import { parseTsmYaml } from "./tsm-yaml.ts";

const FILE = "/srv/shop/tsm.yaml";

async function specsOf(
  text: string,
  name: string,
  options?: Partial<LaunchRequest>,
): Promise<readonly ServiceSpec[]> {
  const others = await parseTsmYaml(text, FILE);
  const host = fakeLaunchHost({
    files: { "/srv/shop/api/api.env": "MODE=file\nREGION=eu\n" },
    programs: ["/srv/shop/x.py"],
  });
  return others
    .filter((definition) => definition.name === name)
    .flatMap((definition) =>
      planLaunch(
        host,
        definitionRequest(definition, {
          environment: { PATH: "/bin", MODE: "shell" },
          others,
          ...(options === undefined ? {} : { options }),
        }),
      ),
    )
    .map(({ spec }) => spec);
}

const SHOP = `
org: acme
services:
  db: { command: postgres, instances: 2, port: 5432 }
  api:
    command: [node, server.js, --title, a b]
    cwd: api
    port: 3000
    env: { MODE: file comes second, DEBUG: true }
    env_file: api.env
    pre_hook: make build
    restart: on-failure
    max_restarts: 5
    backoff: { first: 200ms, max: 1m, jitter: 0 }
    stable_after: 20s
    success_exit: [0, 2, SIGTERM]
    stop_signal: SIGINT
    stop_timeout: 5s
    max_memory: 1.5G
    instances: 2
    watch: { paths: [src], ignore: ["*.tmp"] }
    cron: 0 4 * * *
    health: { http: /up, interval: 5s, timeout: 1s, failures: 2, successes: 3, grace: 30s }
    ready: { tcp: true, timeout: 1m }
    depends_on: { db: healthy }
    logs: { max_size: 1M, max_age: 7d, keep: 3, compress: false }
    merge_output: true
    user: www
`;

describe("what is defined", () => {
  it("is started with all that is said, and each instance with its own port", async () => {
    const [first, second] = await specsOf(SHOP, "api");

    expect(first).toMatchObject({
      name: "api-0",
      cwd: "/srv/shop/api",
      port: 3000,
      org: "acme",
      group: "api",
      instance: 0,
      prehook: "make build",
      environment: { MODE: "file comes second", REGION: "eu", DEBUG: "true", PORT: "3000" },
      stopSignal: "SIGINT",
      stopTimeoutMs: 5000,
      restartPolicy: {
        restart: "on-failure",
        maxRestarts: 5,
        backoffMs: 200,
        maxBackoffMs: 60_000,
        jitter: 0,
        stableMs: 20_000,
        successCodes: [0, 2],
        successSignals: ["SIGTERM"],
      },
      care: {
        maxMemoryBytes: 1_610_612_736,
        cron: "0 4 * * *",
        watch: { paths: ["/srv/shop/api/src"] },
        health: { intervalMs: 5000, timeoutMs: 1000, failures: 2, successes: 3, graceMs: 30_000 },
        readyTimeoutMs: 60_000,
        dependsOn: [
          { name: "db-0", condition: "healthy" },
          { name: "db-1", condition: "healthy" },
        ],
        logs: { maxBytes: 1_048_576, maxAgeMs: 604_800_000, keep: 3, compress: false },
        mergeOutput: true,
        user: "www",
      },
    });
    expect(first?.command.slice(1)).toEqual(["server.js", "--title", "a b"]);
    expect(first?.care?.watch?.ignore).toContain("*.tmp");
    expect([second?.name, second?.port, second?.environment["PORT"]]).toEqual([
      "api-1",
      3001,
      "3001",
    ]);
    expect(JSON.stringify([second?.care?.health?.probe, second?.care?.ready])).toMatch(
      /:3001\/up.*"port":3001/,
    );
  });

  it("gives way to what the command line says, and remembers that", async () => {
    const options = { port: "4000", stopTimeout: "1s" };
    const [spec] = await specsOf(
      "services:\n  a: { command: x, port: 1, stop_timeout: 9s }\n",
      "a",
      options,
    );

    expect([spec?.port, spec?.stopTimeoutMs]).toEqual([4000, 1000]);
    expect(referenceIn(spec?.origin)).toEqual({ file: FILE, name: "a", options });
  });

  it.each([
    ["port: 3000", { port: 3000 }],
    ['env: { PORT: "3000" }', { port: 3000, environment: { PORT: "3000" } }],
    ["max_restarts: 3", { restartPolicy: { restart: "on-failure", maxRestarts: 3 } }],
    ["backoff: 1s", { restartPolicy: { restart: "on-failure", backoffMs: 1000 } }],
    ["backoff: 0", { restartPolicy: { restart: "on-failure", backoffMs: 0 } }],
    ["backoff: { first: 0 }", { restartPolicy: { restart: "on-failure", backoffMs: 0 } }],
    ["watch: true", { care: { watch: { paths: ["/srv/shop"] } } }],
    ["watch: [a, b]", { care: { watch: { paths: ["/srv/shop/a", "/srv/shop/b"] } } }],
    ["ready: tcp://db:1", { care: { ready: { type: "tcp", host: "db", port: 1 } } }],
    ["health: test -f up", { care: { health: { probe: { type: "command" } } } }],
  ])("may say %s alone", async (line, spec) => {
    const [found] = await specsOf(`services:\n  a:\n    command: x\n    ${line}\n`, "a");

    expect(found).toMatchObject({ name: "a", ...spec });
  });

  it("may be a script with arguments", async () => {
    const [spec] = await specsOf("services:\n  a: { script: ./x.py, args: [1, b c] }\n", "a");

    expect(spec?.command.slice(-3)).toEqual(["./x.py", "1", "b c"]);
  });
});
