import { expect, it } from "vitest";
import { endpoints, listSymbols, lookUp } from "./endpoints.ts";
import { readSshConfig } from "./sources/ssh-config.ts";
import { tetraTomlSource } from "./sources/tetra-toml.ts";
import { topologySource } from "./sources/topology-source.ts";

const TOPOLOGY = topologySource(
  '{"@staging": {"type": "ssh", "host": "s1", "user": "deploy"},\n "@prod": {"type": "ssh", "host": "p1"}}',
  "topology.json",
);
const TOML = tetraTomlSource(
  `[connectors]
"@staging" = { host = "s1", auth_user = "root", work_user = "app" }
"@prod" = { host = "other", auth_user = "root", work_user = "app", write = "refused" }
"@qa" = { host = "q" }
`,
  "tetra.toml",
);
const SSH = readSshConfig("config", {
  read: () => "Host web1 *.wild staging\n  User ssh-user\n",
  included: () => [],
});
const ALL = endpoints([TOPOLOGY, TOML], SSH);

const valuesOf = (symbol: string, flags = {}) =>
  Object.fromEntries(
    Object.entries(lookUp(ALL, symbol, flags)?.fields ?? {}).map(([key, field]) => [
      key,
      field.value,
    ]),
  );

it("takes each value from the strongest source that has it", () => {
  expect(valuesOf("@staging")).toEqual({
    type: "ssh",
    host: "s1",
    workUser: "deploy",
    authUser: "root",
  });
});

it("takes nothing but the environment's rights from what names another host, and says so", () => {
  expect(valuesOf("@prod")).toEqual({ type: "ssh", host: "p1", write: "refused" });
  expect(lookUp(ALL, "@prod")?.remarks).toEqual([
    'tetra.toml:3 [connectors] "@prod".host names another host (other): set aside',
  ]);
});

it("lets flags go before everything, and gives another host nobody's users", () => {
  expect(valuesOf("@staging", { port: 22 })).toMatchObject({ port: 22, host: "s1" });
  expect(valuesOf("@staging", { host: "mine" })).toEqual({ host: "mine" });
  expect(valuesOf("@never-heard", { host: "mine" })).toEqual({ host: "mine" });
});

it.each([{ host: "-oProxyCommand=x" }, { port: 0 }, { workUser: "a b" }])(
  "refuses the flags %j",
  (flags) => {
    expect(() => lookUp(ALL, "@staging", flags)).toThrow(
      expect.objectContaining({ code: "INVALID_TARGET" }),
    );
  },
);

it("knows hosts of the ssh configuration by name only", () => {
  expect(valuesOf("@web1")).toEqual({ type: "ssh", host: "web1" });
});

it("counts what is built in only where nobody else knows the symbol", () => {
  expect(valuesOf("@prod")).not.toHaveProperty("workUser");
  expect(lookUp(endpoints(), "@prod")?.fields.workUser).toEqual({
    value: "deploy",
    origin: { source: "built-in", key: "@prod.user" },
  });
  expect(lookUp(ALL, "@localhost")?.fields.type?.value).toBe("local");
  expect(lookUp(ALL, "@unheard")).toBeUndefined();
});

it("lists every symbol once, with the strongest source", () => {
  expect(listSymbols(ALL).map(({ symbol, origin }) => [symbol, origin.source])).toEqual([
    ["@staging", "topology.json"],
    ["@prod", "topology.json"],
    ["@qa", "tetra.toml"],
    ["@web1", "ssh config"],
    ["@local", "built-in"],
    ["@dev", "built-in"],
    ["@localhost", "built-in"],
  ]);
});
