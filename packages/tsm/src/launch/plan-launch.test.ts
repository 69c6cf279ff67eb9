import { describe, expect, it } from "vitest";
import { BASE, type FakeMachine, fakeLaunchHost } from "../../test/fake-launch-host.ts";
import type { Launch, LaunchRequest } from "./launch-request.ts";
import { planLaunch } from "./plan-launch.ts";

const NOW = 1_700_000_000;

function plan(
  words: readonly string[],
  request: Partial<LaunchRequest> = {},
  machine: FakeMachine = {},
): readonly Launch[] {
  const host = fakeLaunchHost({ nowMs: NOW * 1000, ...machine });
  return planLaunch(host, { ...BASE, words, ...request });
}

function planOne(...planned: Parameters<typeof plan>): Launch {
  const [launch] = plan(...planned);
  if (launch === undefined) throw new Error("nothing was planned");
  return launch;
}

const APP = { files: { "/srv/backend/app.js": "listen(process.env.PORT || 4567)" } };
const RUN = { programs: ["/opt/x/run.sh"] };

// the table of the reference, section 5
it.each([
  ["node app.js 3000", "node", 3000, "backend-app-3000", {}],
  ["node app.js", "node", 4567, "backend-app-4567", APP],
  ["node app.js 3000", "node", 4567, "backend-app-4567", APP],
  ["python -m http.server 8000", "python", 8000, "backend-http-8000", {}],
  ["python3 -m http.server :8080", "python", 8080, "backend-http-8080", {}],
  ["python server.py 9000", "python", 9000, "backend-server-9000", {}],
  ["node x.js --port 3000", "node", 3000, "backend-x-3000", {}],
  ["node x.js -p 3000", "node", 3000, "backend-x-3000", {}],
  ["node x.js -p3000", "node", 3000, "backend-x-3000", {}],
  ["node x.js --port=3000", "node", 3000, "backend-x-3000", {}],
  ["PORT=3001 node x.js", "node", 3001, "backend-x-3001", {}],
  ["node x.js host:5000 6000", "node", 5000, "backend-x-5000", {}],
  ["app --port 4000", "command", 4000, "app-4000", {}],
  ["uvicorn app:app --port 8000", "command", 8000, "uvicorn-8000", {}],
  ["/opt/x/run.sh arg 12345", "bash", 12_345, "run-12345", RUN],
  ["srv 123456", "command", undefined, `srv-${NOW}`, {}],
  ["java -jar a.jar 123", "command", undefined, `java-${NOW}`, {}],
  ["sleep 30", "command", undefined, `sleep-${NOW}`, {}],
  ["bash server.sh", "bash", undefined, `bash-${NOW}`, {}],
] as const)("%s is a %s service on port %s called %s", (text, type, port, name, machine) => {
  const asWords = planOne(text.split(" "), {}, machine);
  const asText = planOne([text], {}, machine);
  for (const { spec } of [asWords, asText]) {
    expect(spec).toMatchObject({ name, about: { process_type: type } });
    expect(spec.port).toBe(port);
  }
});

describe("the command", () => {
  it("is a vector as it is when it has several words", () => {
    const { spec } = planOne(["printf", "%s\n", "a b;c", "$HOME", ""]);
    expect(spec.command).toEqual(["printf", "%s\n", "a b;c", "$HOME", ""]);
  });

  it("is given to a shell when it is one text with shell syntax", () => {
    expect(planOne(["npm run build && npm start"]).spec.command).toBe("npm run build && npm start");
    expect(planOne(["npm run dev"]).spec.command).toEqual(["npm", "run", "dev"]);
  });

  it("is a file whose path has blanks and signs", () => {
    const { spec } = planOne(["./my app;1"], {}, { programs: ["/srv/backend/my app;1"] });
    expect(spec.command).toEqual(["./my app;1"]);
  });

  it("has its assignments in the environment", () => {
    const { spec } = planOne(["A=$HOME x", "B=", "serve", "C=1"]);
    expect(spec.command).toEqual(["serve", "C=1"]);
    expect(spec.environment).toMatchObject({ A: "$HOME x", B: "" });
  });

  it.each([[[]], [[""]], [["  "]], [["A=1"]], [["A=1", "B=2"]]])(
    "must be there: %j is none",
    (words) => {
      expect(() => plan(words)).toThrow(expect.objectContaining({ code: "NO_COMMAND" }));
    },
  );

  it("runs where --cwd says", () => {
    expect(planOne(["serve"], { runIn: "../front" }).spec.cwd).toBe("/srv/front");
    expect(planOne(["serve"]).spec.cwd).toBe("/srv/backend");
  });
});

describe("the port", () => {
  const ENV = { "/srv/backend/env/local.env": "PORT=3100\nNAME=api" };

  it("is looked for in the documented order", () => {
    const files = { ...ENV, ...APP.files };
    const words = ["node", "app.js", "3000"];
    const service = { base: "s", withPort: true, port: 3200 };
    const rungs = [
      planOne(["PORT=3300", ...words], { port: "3400", envFile: "local", service }, { files }),
      planOne(["PORT=3300", ...words], { envFile: "local", service }, { files }),
      planOne(["PORT=3300", ...words], { service }, APP),
      planOne(["PORT=3300", ...words], {}, APP),
      planOne(words, {}, APP),
      planOne(words),
      planOne(["node", "app.js"]),
    ];
    expect(rungs.map(({ spec, portSource }) => [spec.port, portSource])).toEqual([
      [3400, "option"],
      [3100, "env file"],
      [3200, "definition"],
      [3300, "assignment"],
      [4567, "script"],
      [3000, "command"],
      [undefined, "none"],
    ]);
  });

  it("is told to the service", () => {
    expect(planOne(["serve", "--port", "3000"]).spec.environment["PORT"]).toBe("3000");
    expect(planOne(["serve"]).spec.environment).toEqual(BASE.environment);
  });

  it("is none if that is said", () => {
    const { spec, portSource } = planOne(["sleep", "3600"], { port: "none" });
    expect([spec.port, spec.environment["PORT"], portSource]).toEqual([
      undefined,
      undefined,
      "none",
    ]);
  });

  it.each(["0", "65536", "-1", "http", "3000x", ""])("cannot be %j", (port) => {
    expect(() => plan(["serve"], { port })).toThrow(
      expect.objectContaining({
        code: "INVALID_OPTION",
        details: { option: "--port", value: port },
      }),
    );
  });
});

describe("the name", () => {
  const PACKAGE = {
    "/srv/backend/package.json": '{\n  "name": "@acme/shop api",\n  "version": "1"\n}',
  };
  const ENV = { "/srv/backend/env/local.env": "NAME=from-env\n" };
  const words = ["node", "x.mjs", "3000"];

  it("begins with what was asked for, what the env file says, or the package's, in this order", () => {
    const files = { ...PACKAGE, ...ENV };
    expect(planOne(words, { name: "asked", envFile: "local" }, { files }).spec.name).toBe(
      "asked-3000",
    );
    expect(planOne(words, { envFile: "local" }, { files }).spec.name).toBe("from-env-3000");
    expect(planOne(words, { envFile: "none" }, { files }).spec.name).toBe("acme-shop-api-3000");
    expect(planOne(words).spec.name).toBe("backend-x.mjs-3000");
  });

  it("does not get its port twice", () => {
    expect(planOne(words, { name: "api-3000" }).spec.name).toBe("api-3000");
  });

  it("is not taken from a package.json that is none", () => {
    const files = { "/srv/backend/package.json": "{" };
    expect(planOne(words, {}, { files }).spec.name).toBe("backend-x.mjs-3000");
  });

  it("takes a second that no service has", () => {
    const services = [`sleep-${NOW}`, `sleep-${NOW + 1}`];
    expect(planOne(["sleep", "30"], {}, { services }).spec.name).toBe(`sleep-${NOW + 2}`);
  });

  it("means the same service again when it was given", () => {
    const services = ["web-3000", "web-1600000000", "web-api-1600000001"];
    expect(planOne(["sleep", "30"], { name: "web" }, { services }).spec.name).toBe(
      "web-1600000000",
    );
  });

  it("is a definition's as it is, or with the port", () => {
    const whole = { base: "api", withPort: false };
    const original = { base: "api", withPort: true };
    expect(planOne(words, { service: whole }).spec.name).toBe("api");
    expect(planOne(words, { service: original }).spec.name).toBe("api-3000");
    expect(planOne(words, { service: whole, name: "other" }).spec.name).toBe("other-3000");
  });
});

describe("instances", () => {
  it("have ports one after the other, and are a group", () => {
    const launches = plan(["serve"], { name: "web", port: 3000, instances: "3" });
    expect(
      launches.map(({ spec: { name, port, group, instance, environment } }) => [
        name,
        port,
        group,
        instance,
        environment["PORT"],
      ]),
    ).toEqual([
      ["web-3000", 3000, "web", 0, "3000"],
      ["web-3001", 3001, "web", 1, "3001"],
      ["web-3002", 3002, "web", 2, "3002"],
    ]);
  });

  it("are numbered without a port", () => {
    const launches = plan(["work"], { instances: 2 });
    expect(launches.map(({ spec }) => spec.name)).toEqual(["work-0", "work-1"]);
  });

  it("cannot share a port that the command says without a word", () => {
    const [first] = plan(["serve", "--port", "3000"], { instances: 2 });
    expect(first?.warnings).toEqual([
      "port 3000 is written in the command: all instances would use it; they get PORT",
    ]);
  });

  it.each(["0", "x", "1.5", "100000"])("cannot be %j", (instances) => {
    expect(() => plan(["serve"], { instances })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
  });

  it("end at the last port", () => {
    expect(() => plan(["serve"], { port: 65_535, instances: 2 })).toThrow(
      expect.objectContaining({ hint: "there is no port 65536" }),
    );
  });
});

it("carries what was asked for into the specification", () => {
  const { spec } = planOne(["serve"], {
    port: "3000",
    restart: "always",
    maxRestarts: "5",
    backoff: "100ms,1m",
    success: "143,INT",
    stopSignal: "int",
    stopTimeout: "3s",
    maxMemory: "300M",
    cron: "0 4 * * *",
    health: "/health",
    healthInterval: "2s",
    ready: "tcp",
    readyTimeout: "1m",
    dependsOn: ["db:healthy", "cache"],
    user: "www",
    mergeOutput: true,
    org: "acme",
    group: "front",
    by: "ada",
  });
  expect(spec).toMatchObject({
    restartPolicy: {
      restart: "always",
      maxRestarts: 5,
      backoffMs: 100,
      maxBackoffMs: 60_000,
      successCodes: [0, 143],
      successSignals: ["SIGINT"],
    },
    stopSignal: "SIGINT",
    stopTimeoutMs: 3000,
    org: "acme",
    group: "front",
    by: "ada",
    care: {
      maxMemoryBytes: 300 * 1024 * 1024,
      cron: "0 4 * * *",
      health: {
        probe: { type: "http", url: "http://127.0.0.1:3000/health" },
        intervalMs: 2000,
        failures: 3,
      },
      ready: { type: "tcp", host: "127.0.0.1", port: 3000 },
      readyTimeoutMs: 60_000,
      dependsOn: [
        { name: "db", condition: "healthy" },
        { name: "cache", condition: "started" },
      ],
      user: "www",
      mergeOutput: true,
    },
  });
});

it("says nothing about what nobody asked for", () => {
  const { spec } = planOne(["serve"]);
  expect(Object.keys(spec).toSorted()).toEqual([
    "about",
    "command",
    "cwd",
    "environment",
    "name",
    "origin",
  ]);
});

it("looks for a port at words, but not into one that has blanks", () => {
  expect(planOne(["sh", "-c", "true; sleep 1000"]).spec.port).toBeUndefined();
  expect(planOne(["sh", "-c", "PORT=3000 x --port 3001", "-p", "4000"]).spec.port).toBe(4000);
  expect(planOne(["sh -c 'true; sleep 1000'"]).spec.port).toBe(1000);
});
