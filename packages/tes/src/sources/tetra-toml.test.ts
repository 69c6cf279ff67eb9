import { expect, it } from "vitest";
import { checkTetraToml, tetraTomlSource } from "./tetra-toml.ts";

const FILE = `[metadata]
name = "acme"

[symbols]
"@dev" = { address = "10.0.0.1", droplet = "dev-1", type = "droplet" }

[connectors]
"@dev" = { auth_user = "root", work_user = "dev", host = "dev.example", auth_key = "~/.ssh/dev" }

[environments.dev]
address = "10.0.0.2"
ssh_port = 2222
description = "for trying"

[environments.stage]
symbol = "@staging"
type = "remote"
private_ip = "10.9.9.9"
server_ip = "203.0.113.10"
user = "root"
ssh_work_user = "app"
write = "confirm"

[environments.here]
type = "local"

[storage.main]
secret_key = "s3cr3t"
`;

const valuesOf = (text: string, symbol: string) =>
  Object.fromEntries(
    Object.entries(tetraTomlSource(text, "t.toml").fields(symbol) ?? {}).map(([key, field]) => [
      key,
      field.value,
    ]),
  );

it("prefers connectors to environments to symbols, value by value", () => {
  expect(valuesOf(FILE, "@dev")).toEqual({
    authUser: "root",
    workUser: "dev",
    host: "dev.example",
    identityFile: "~/.ssh/dev",
    port: 2222,
    description: "for trying",
  });
});

it("reads environments with their other names", () => {
  expect(valuesOf(FILE, "@staging")).toEqual({
    type: "ssh",
    host: "203.0.113.10",
    authUser: "root",
    workUser: "app",
    write: "confirm",
  });
  expect(valuesOf(FILE, "@here")).toEqual({ type: "local" });
});

it("remembers the line and key of every value", () => {
  const fields = tetraTomlSource(FILE, "t.toml").fields("@staging");

  expect(fields?.host?.origin).toEqual({
    source: "tetra.toml",
    file: "t.toml",
    line: 19,
    key: "[environments.stage] server_ip",
  });
});

it("lists every symbol once, and no other", () => {
  const { symbols, fields } = tetraTomlSource(FILE, "t.toml");

  expect(symbols).toEqual(["@dev", "@staging", "@here"]);
  expect(fields("@main")).toBeUndefined();
  expect(fields("constructor")).toBeUndefined();
});

it("reads connectors without commas, as the original did", () => {
  const text = `[connectors]
"@dev" = {
  auth_user = "root" # who, logs in
  work_user = "dev"

  host = "10.0.0.1"
}
"@qa" = {
  host = "q"
}
`;

  expect(valuesOf(text, "@dev")).toEqual({ authUser: "root", workUser: "dev", host: "10.0.0.1" });
  expect(tetraTomlSource(text, "t").fields("@dev")?.host?.origin.line).toBe(6);
  expect(valuesOf(text, "@qa")).toEqual({ host: "q" });
});

it.each([
  ["[connectors\n", "t.toml:1:12: not TOML"],
  ['[connectors]\n"@dev" = {\n host = \n}', "t.toml:3:9: not TOML"],
  ["[connectors]\ndev = {}", 't.toml:2: "connectors.dev" must begin with @'],
  ['[connectors]\n"@dev" = 1', 't.toml:2: "connectors.@dev" must be a table'],
  ['[connectors]\n\n"@d" = {port = 0}', 't.toml:3: "connectors.@d.port" must be 1 to 65535'],
  ['[environments.x]\nssh_host="-oX"', "must be one word that does not begin with -"],
  ['[environments.x]\nwrite="no"', 'must be "allowed", "confirm" or "refused"'],
])("refuses %j, saying where", (text, message) => {
  expect(() => tetraTomlSource(text, "t.toml")).toThrow(
    expect.objectContaining({ code: "INVALID_CONFIG", message: expect.stringContaining(message) }),
  );
});

it("finds every problem, and keys that look misspelled", () => {
  const text = `[connectors]
"@a" = { hosts = "x" }
[environments.e]
ssh_prot = 1
my_own = 2
`;

  expect(checkTetraToml(text, "t.toml")).toEqual([
    expect.objectContaining({ severity: "warning", line: 2, key: "connectors.@a.hosts" }),
    expect.objectContaining({
      line: 4,
      message: "is not known; did you mean ssh_port?",
    }),
  ]);
  expect(checkTetraToml("[environments.e]\nhost=1\naddress=2", "t.toml")).toHaveLength(2);
});

it("never repeats a secret", () => {
  const broken = '[storage.main]\nsecret_key = "s3cr3t" x\n';
  const wrong = '[storage]\nmain = "s3cr3t"\n';

  expect(JSON.stringify([checkTetraToml(broken, "t"), checkTetraToml(wrong, "t")])).not.toContain(
    "s3cr3t",
  );
});
