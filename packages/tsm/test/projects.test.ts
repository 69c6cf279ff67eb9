import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isTetraError } from "@tetra/errors";
import { describe, expect, it } from "vitest";
import { systemClock } from "../src/clock.ts";
import { openDefinitions } from "../src/definitions/definition-store.ts";
import { referenceIn } from "../src/definitions/definition-request.ts";
import { openProjects, type Project, type ProjectPlan } from "../src/definitions/projects.ts";
import { readDefinitions, requestAgain } from "../src/definitions/read-definitions.ts";
import { resolveDefinition } from "../src/definitions/resolve-definition.ts";
import { keysOfRunning } from "../src/definitions/running-keys.ts";
import { describeChange } from "../src/launch/launch-difference.ts";
import { nodeLaunchHost } from "../src/launch/node-launch-host.ts";
import { planLaunch } from "../src/launch/plan-launch.ts";
import type { Services } from "../src/services.ts";
import { PATIENCE_MS, temporaryServices } from "./temporary-services.ts";

const environment = { PATH: process.env["PATH"] ?? "" };

interface World {
  readonly folder: string;
  readonly services: Services;
  readonly file: string;
  /** Writes the file and reads it. */
  readonly write: (text: string, only?: readonly string[]) => Promise<Project>;
  readonly up: (text: string, only?: readonly string[]) => Promise<readonly string[]>;
  readonly diff: (text: string, terminal?: Record<string, string>) => Promise<readonly string[]>;
  readonly down: (text: string, only?: readonly string[]) => Promise<readonly string[]>;
  readonly stateOf: (name: string) => string;
}

function world(): World {
  const { folder, services } = temporaryServices();
  const host = nodeLaunchHost({
    tetraDir: folder,
    clock: systemClock,
    serviceNames: () => services.names(),
  });
  const projects = openProjects({ services, folder, host, clock: systemClock, environment });
  const file = join(folder, "project/tsm.yaml");
  mkdirSync(join(folder, "project"), { recursive: true });
  const write = async (text: string, only?: readonly string[]): Promise<Project> => {
    writeFileSync(file, text);
    const definitions = await readDefinitions(file, { variables: {} });
    return { source: file, definitions, ...(only === undefined ? {} : { only }) };
  };
  const carryOut = async (plan: ProjectPlan): Promise<readonly string[]> => {
    const { results } = await projects.carryOut(plan);
    return results.map(({ name, outcome, because, error }) =>
      [name, outcome, because ?? error?.code ?? ""].join(" ").trim(),
    );
  };
  return {
    folder,
    services,
    file,
    write,
    up: async (text, only) => carryOut(projects.planUp(await write(text, only))),
    down: async (text, only) => carryOut(projects.planDown(await write(text, only))),
    diff: async (text, terminal = {}) => {
      const elsewhere = openProjects({
        services,
        folder,
        host,
        clock: systemClock,
        environment: { ...environment, ...terminal },
      });
      const { steps } = elsewhere.planUp(await write(text));
      return steps
        .filter(({ action }) => action !== "unchanged")
        .flatMap(({ name, action, differences }) =>
          [`${action} ${name}`].concat(differences.map((change) => `  ${describeChange(change)}`)),
        );
    },
    stateOf: (name) => services.observe(name).observed.state,
  };
}

const SHOP = `
services:
  web: { command: sleep 60, depends_on: { api: healthy } }
  db: { command: sleep 60, ready: "test -f ready || { sleep 0.2; touch ready; false; }" }
  migrate: { command: "sleep 0.3; echo done >migrated", depends_on: [db] }
  api:
    command: "test -f migrated && exec sleep 60"
    depends_on: { migrate: completed }
    health: { command: test -f migrated, interval: 100ms, successes: 2 }
    env: { MODE: one }
    instances: 2
`;

describe("a file of services", { timeout: PATIENCE_MS }, () => {
  it("comes up in the order of its conditions, and then there is nothing to do", async () => {
    const { up, diff, down, stateOf } = world();

    expect(await up(SHOP)).toEqual([
      "db started",
      "migrate started",
      "api-0 started",
      "api-1 started",
      "web started",
    ]);
    expect(await diff(SHOP)).toEqual([]);
    expect(await diff(SHOP, { SSH_TTY: "/dev/pts/7" })).toEqual([]);
    expect((await up(SHOP)).every((line) => line.endsWith("unchanged"))).toBe(true);

    expect((await down(SHOP)).toSorted()).toEqual([
      "api-0 stopped",
      "api-1 stopped",
      "db stopped",
      "web stopped",
    ]);
    expect(stateOf("web")).toBe("stopped");
  });

  it("is followed when it changes: restarted, started, stopped, and the rest left", async () => {
    const { up, diff, services } = world();
    const before =
      "services:\n  a: { command: sleep 60, env: { MODE: one, API_KEY: x } }\n  b: { command: sleep 60 }\n  c: { command: sleep 60 }\n";
    const after =
      "services:\n  a: { command: sleep 61, env: { MODE: two, API_KEY: y } }\n  b: { command: sleep 60 }\n  d: { command: sleep 60 }\n";
    await up(before);
    const pid = services.observe("b").observed.main?.pid;

    expect(await diff(after)).toEqual([
      "stop c",
      "restart a",
      "  command: sleep 60 -> sleep 61",
      "  environment API_KEY: ******** -> ********",
      "  environment MODE: one -> two",
      "start d",
    ]);
    expect(await up(after)).toEqual(["c stopped", "a restarted", "b unchanged", "d started"]);
    expect(services.observe("b").observed.main?.pid).toBe(pid);
    expect(services.observe("a").meta.restarts).toBe(1);
    expect(await diff(after)).toEqual([]);
  });

  it("says what runs and what does not when something fails, and the rest runs", async () => {
    const { up, stateOf } = world();

    const results = await up(`services:
  db: { command: "echo no space >&2; exit 3" }
  api: { command: sleep 60, depends_on: [db] }
  once: { command: "exit 4;" }
  after: { command: sleep 60, depends_on: { once: completed } }
  mail: { command: sleep 60 }
`);

    expect(results).toEqual([
      "db failed START_FAILED",
      "once failed START_FAILED",
      "mail started",
      "api skipped db failed",
      "after skipped once failed",
    ]);
    expect(stateOf("mail")).toBe("online");
  });

  it("takes what is through with its work at once for completed, and what should run on for failed", async () => {
    const { up } = world();
    const file = `services:
  once: { command: "true" }
  after: { command: sleep 60, depends_on: { once: completed } }
  server: { command: "true", restart: always }
`;

    expect(await up(file)).toEqual([
      "once completed",
      "server failed START_FAILED",
      "after started",
    ]);
    expect(await up(file)).toEqual([
      "once unchanged",
      "server failed START_FAILED",
      "after unchanged",
    ]);
  });

  it("waits for health until it was asked so often that it counts, or gives up and says why", async () => {
    const { up, file } = world();
    const ask = "echo x >>asked; test $(wc -l <asked) -ge 3"; // no, no, yes, yes
    const health = (command: string, more = ""): string =>
      `health: { command: "${command}", interval: 50ms, successes: 2${more} }`;

    const results = await up(`services:
  a: { command: sleep 60, ${health(ask)} }
  b: { command: sleep 60, depends_on: { a: healthy } }
  c: { command: sleep 60, ${health("exit 7;", ", failures: 2")} }
  d: { command: sleep 60, depends_on: { c: healthy } }
  e: { command: sleep 0.4 }
  f: { command: sleep 60, depends_on: { e: healthy } }
`);

    expect(readFileSync(join(dirname(file), "asked"), "utf8")).toBe("x\nx\nx\nx\n");
    expect(results).toEqual([
      "a started",
      "c started",
      "e started",
      "b started",
      "d skipped c is not healthy: exit status 7",
      "f started",
    ]);
  });

  it("can be taken down when it cannot be brought up", async () => {
    const { up, down } = world();
    await up("services:\n  a: { command: sleep 60 }\n");

    expect(await down("services:\n  a: { command: sleep 60, env_file: gone.env }\n")).toEqual([
      "a stopped",
    ]);
  });

  it("starts and stops a hundred at once", async () => {
    const { up, down, services } = world();
    const lines = Array.from({ length: 100 }, (_, n) => `  s${n}: { command: sleep 60 }\n`);
    const file = `services:\n${lines.join("")}`;

    const results = await up(file);

    expect(results.filter((line) => line.endsWith(" started"))).toHaveLength(100);
    expect(new Set(services.names().map((name) => services.observe(name).meta.tsm_id)).size).toBe(
      100,
    );
    expect(await down(file)).toHaveLength(100);
  });
});

describe("a service that was started from a definition", { timeout: PATIENCE_MS }, () => {
  it("is asked for anew as it is defined now, with what was typed then", async () => {
    const { up, write, services, file } = world();
    await up("services:\n  a: { command: sleep 60 }\n");
    const reference = referenceIn(services.origin("a"));
    await write("services:\n  a: { command: sleep 99, port: 4000 }\n");

    const again =
      reference &&
      (await requestAgain(
        { ...reference, options: { port: 5000 } },
        { environment, variables: {} },
      ));

    expect(reference).toEqual({ file, name: "a" });
    expect([again?.words, again?.port, again?.service?.port]).toEqual([["sleep 99"], 5000, 4000]);
    await write("services:\n  b: { command: x }\n");
    expect(
      reference && (await requestAgain(reference, { environment, variables: {} })),
    ).toBeUndefined();
  });

  it("is named as the original does when it is kept as a .tsm file, and can be saved from what runs", async () => {
    const { folder, services } = world();
    const store = openDefinitions({ tetraDir: folder, variables: {} });
    const host = nodeLaunchHost({
      tetraDir: folder,
      clock: systemClock,
      serviceNames: () => services.names(),
    });
    store.save({
      name: "pages",
      keys: {
        command: "sleep 60",
        cwd: folder,
        port: 47_011,
        restart: "always",
        stop_timeout: "3s",
      },
      overwrite: false,
    });
    const resolved = resolveDefinition(store, "pages", { environment });
    const [launch] = resolved === undefined ? [] : planLaunch(host, resolved.request);
    if (launch !== undefined) await services.start(launch.spec);

    const { meta } = services.observe("pages-47011");
    store.save({ name: "copy", keys: keysOfRunning(meta), overwrite: false });
    const copied = resolveDefinition(store, "copy", { environment });
    const [again] = copied === undefined ? [] : planLaunch(host, copied.request);

    expect(again?.spec).toMatchObject({
      name: "copy-47011",
      command: ["sleep", "60"],
      cwd: folder,
      port: 47_011,
      restartPolicy: meta.restart_policy,
      stopTimeoutMs: 3000,
    });
    expect(resolveDefinition(store, "sleep", { environment })).toBeUndefined();
  });

  it("is refused when its env file is not there, as the original does", () => {
    const { folder, services } = world();
    const store = openDefinitions({ tetraDir: folder, variables: {} });
    mkdirSync(join(folder, "tsm/services-available"), { recursive: true });
    writeFileSync(
      join(folder, "tsm/services-available/old.tsm"),
      `TSM_COMMAND=x\nTSM_CWD=${folder}\n`,
    );
    const host = nodeLaunchHost({
      tetraDir: folder,
      clock: systemClock,
      serviceNames: () => services.names(),
    });
    const resolved = resolveDefinition(store, "old", { environment });
    let message = "";
    try {
      if (resolved !== undefined) planLaunch(host, resolved.request);
    } catch (error) {
      message = isTetraError(error) ? error.message : "";
    }

    expect(message).toBe(`Environment file not found: ${folder}/env/local.env`);
  });
});
