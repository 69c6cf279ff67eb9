import { isTetraError } from "@tetra/errors";
import { describe, expect, it } from "vitest";
import { dependenciesOf, isEnabled } from "./service-definition.ts";
import { formatTsmYaml, parseTsmYaml } from "./tsm-yaml.ts";

const FILE = "/srv/shop/tsm.yaml";

async function refusedWith(text: string): Promise<string> {
  const error: unknown = await parseTsmYaml(text, FILE).catch((reason: unknown) => reason);
  return isTetraError(error, "INVALID_DEFINITION") ? error.message : "was not refused";
}

const SHOP = `
org: acme
env: { LOG: info, REGION: eu }
x-node: &node
  restart: always
  stop_timeout: 5s
services:
  db:
    command: [postgres, -D, data]
    port: 5432
    ready: tcp
  api:
    <<: *node
    command: node server.js
    cwd: ./backend
    env: { LOG: debug }
    depends_on: { db: healthy }
    enabled: false
`;

describe("a tsm.yaml", () => {
  it("defines services, with what the whole file says put in", async () => {
    const [db, api] = await parseTsmYaml(SHOP, FILE);

    expect(db).toEqual({
      name: "db",
      org: "acme",
      keys: {
        command: ["postgres", "-D", "data"],
        port: 5432,
        ready: "tcp",
        env: { LOG: "info", REGION: "eu" },
      },
      naming: { base: "db", withPort: false },
      folder: "/srv/shop",
      place: { file: FILE, line: 8, column: 3 },
      warnings: [],
    });
    expect(api?.keys).toMatchObject({
      restart: "always",
      stop_timeout: "5s",
      env: { LOG: "debug", REGION: "eu" },
    });
    expect(api === undefined ? [] : [isEnabled(api), dependenciesOf(api.keys)]).toEqual([
      false,
      [{ name: "db", condition: "healthy" }],
    ]);
  });

  it("is read as it is written", async () => {
    const services = { api: { command: "node x.js # no comment", restart: "no" } } as const;

    const [api] = await parseTsmYaml(await formatTsmYaml({ services }, "made by\nhand"), FILE);

    expect(api?.keys).toEqual(services.api);
  });

  it("may be JSON", async () => {
    const [api] = await parseTsmYaml('{"services": {"api": {"command": "x"}}}', FILE);

    expect(api?.name).toBe("api");
  });
});

describe("what is wrong in a tsm.yaml is told with line and column", () => {
  const inService = (line: string): string => `services:\n  api:\n    command: x\n    ${line}\n`;

  it.each([
    [
      "max_memroy: 1G",
      ':4:5: services.api: there is no key "max_memroy": did you mean max_memory?',
    ],
    ["port: 99999", ":4:11: services.api.port: must be a port, 1 to 65535"],
    ["restart: sometimes", ":4:14: services.api.restart: must be no, on-failure or always"],
    ["stop_timeout: 10", ":4:19: services.api.stop_timeout: must be a time such as 500ms, 10s"],
    ["backoff: 10", ":4:14: services.api.backoff: must be"],
    [
      "backoff: { frist: 1s }",
      ':4:16: services.api.backoff: there is no key "frist": did you mean first?',
    ],
    ["stop_signal: SIGFOO", ":4:18: services.api.stop_signal: must be a signal: SIGHUP"],
    ["instances: 0", ":4:16: services.api.instances: must be at least 1"],
    [
      "health: { http: /up, intervall: 5s }",
      ':4:26: services.api.health: there is no key "intervall": did you mean interval?',
    ],
    ["health: { interval: 5s }", ":4:5: services.api.health: it must ask one thing: http, tcp"],
    ["depends_on: { db: ready }", ":4:23: services.api.depends_on.db: must be one of started"],
    ["script: ./x.sh", ":4:5: services.api.script: it has a command already: use one"],
    ["args: [1]", ":4:5: services.api.args: these belong to a script"],
    [
      "environment: { A: 1 }",
      ':4:5: services.api: there is no key "environment": did you mean env?',
    ],
    ["logs: { max_size: big }", ":4:23: services.api.logs.max_size: must be a size such as 300M"],
    ["success_exit: [256]", ":4:20: services.api.success_exit.0: must be an exit status, 0 to 255"],
    ['cron: "99 * * * *"', ':4:11: services.api.cron: "99 * * * *": '],
    ["env: *nowhere", ":4:10: *nowhere stands for nothing"],
    ["env: [A, B]", ":4:10: services.api.env: must hold names and values"],
    ["command: y", ':4:5: there is a second "command"'],
  ])("%s", async (line, message) => {
    expect(await refusedWith(inService(line))).toContain(`${FILE}${message}`);
  });

  it.each([
    ["services: {}\nservice: {}\n", ':2:1: there is no key "service": did you mean services?'],
    ["services:\n  12:\n    command: x\n", ":2:3: services.12: must be a name"],
    ["services:\n  api:\n    cwd: x\n", ":2:3: services.api: it has neither command nor script"],
    [
      "services:\n  api:\n    command: []\n",
      ":3:14: services.api.command: must be a command: text",
    ],
    ["services: {}\n---\nservices: {}\n", ":2:1: a second document begins"],
    ["service: {}\n", ':1:1: there is no key "service": did you mean services? (and 1 more)'],
    ["services:\n  api: [\n", ":3:1: Flow sequence"],
    ["", ":1:1: must hold keys and values"],
    [
      "services:\n  a: { command: x, depends_on: { b: completed } }\n  b: { command: x, restart: always }\n",
      ":2:34: services.a.depends_on.b: b never completes: it has restart: always",
    ],
  ])("%j", async (text, message) => {
    expect(await refusedWith(text)).toContain(`${FILE}${message}`);
  });

  it("counts what else is wrong, and says where it is", async () => {
    const text = inService("port: 0\n    cron: 7\n");

    await expect(parseTsmYaml(text, FILE)).rejects.toMatchObject({
      message: expect.stringMatching(/ \(and 1 more\)$/),
      hint: "correct it, and services.api.cron at 5:11",
    });
  });

  it("finds the places of all problems, however many services there are", async () => {
    const lines = Array.from({ length: 3000 }, (_, n) => `  s${n}:\n    comand: x\n`);

    await expect(parseTsmYaml(`services:\n${lines.join("")}`, FILE)).rejects.toMatchObject({
      message: expect.stringContaining("(and 2999 more)"),
    });
  });

  it("refuses aliases that would fill the memory", async () => {
    const lines = Array.from(
      { length: 9 },
      (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]`,
    );

    expect(await refusedWith(`a0: &a0 x\n${lines.join("\n")}\n`)).toContain("alias");
  });
});
