import { expect, it } from "vitest";
import { exportPorts } from "./export-ports.ts";
import { parsePortsConfig, rangeOf, reservedAs } from "./ports-config.ts";

const FILE = `[ports]
devpages = 4000
"my app" = 8400
[port_ranges]
development = [3000, 3999]
staging = "4000-4999"
testing = { start = 6000, end = 6999 }
[allocation]
strategy = "sequential"
[reserved]
system = [22, 80]
`;

it("reads names in their order, ranges however they are written, and reserved ports", () => {
  const config = parsePortsConfig(FILE, "ports.toml");

  expect([...config.ports]).toEqual([
    ["devpages", 4000],
    ["my app", 8400],
  ]);
  expect(config.ranges).toEqual([
    { name: "development", from: 3000, to: 3999 },
    { name: "staging", from: 4000, to: 4999 },
    { name: "testing", from: 6000, to: 6999 },
  ]);
  expect(reservedAs(config, 80)).toBe("system");
});

it("an empty file has the original's ranges and reserved ports", () => {
  const config = parsePortsConfig("", "ports.toml");

  expect(rangeOf(config, "prod")).toEqual({ name: "production", from: 5000, to: 5999 });
  expect(reservedAs(config, 5432)).toBe("system");
});

it.each([
  ["ports = 3", "ports.toml: ports is no table"],
  ["[ports]\nweb = 70000", "ports.toml: ports.web is no port"],
  ["[ports]\nweb = 1.5", "ports.toml: ports.web is no port"],
  ["[port_ranges]\ndev = [4000, 3000]", "ports.toml: port_ranges.dev is no range"],
  ['[reserved]\nx = ["a"]', "ports.toml: reserved.x is no list of ports"],
  ['[allocation]\nstrategy = "random"', "ports.toml: allocation.strategy is not known"],
])("%j is refused: %s", (text, message) => {
  expect(() => parsePortsConfig(text, "ports.toml")).toThrow(
    expect.objectContaining({ code: "INVALID_PORTS_FILE", message }),
  );
});

it("an unknown range is refused with those there are", () => {
  expect(() => rangeOf(parsePortsConfig("", "f"), "moon")).toThrow(
    expect.objectContaining({
      code: "INVALID_PORT",
      hint: "use one of development, staging, production, testing",
    }),
  );
});

it("what is exported as TOML reads as the same", () => {
  const config = parsePortsConfig(FILE, "ports.toml");

  expect(parsePortsConfig(exportPorts(config, "toml"), "ports.toml")).toEqual(config);
  expect(JSON.parse(exportPorts(config, "json"))).toMatchObject({ ports: { devpages: 4000 } });
  expect(exportPorts(config, "env")).toBe("DEVPAGES_PORT=4000\nMY_APP_PORT=8400\n");
});
