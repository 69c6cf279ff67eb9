import { expect, it } from "vitest";
import { nameOfPort, portOfName } from "./find-port.ts";
import { parseFlatPorts } from "./flat-ports.ts";
import { parseAllocations } from "./port-allocations.ts";
import { parsePortsConfig } from "./ports-config.ts";

const service = { isRunning: true, cookie: "" };
const books = {
  services: [
    { ...service, name: "old", port: 3000, isRunning: false },
    { ...service, name: "web", port: 3000 },
  ],
  ledger: [{ id: 1, name: "api", declared: 3001, actual: 3002, timestamp: 0 }],
  allocations: parseAllocations("3005|soon|12|99\n"),
  config: parsePortsConfig("[ports]\nweb = 9999\ntetra = 4444\n", "ports.toml"),
  flat: parseFlatPorts("# mine\nlegacy:8080\n  spaced name : 81 \nbad:x\nhigh:70000\n"),
};

it.each([
  ["web", { name: "web", port: 3000, source: "service" }],
  ["api", { name: "api", port: 3002, source: "ledger" }],
  ["soon", { name: "soon", port: 3005, source: "allocation" }],
  ["tetra", { name: "tetra", port: 4444, source: "named" }],
  ["legacy", { name: "legacy", port: 8080, source: "flat" }],
  ["spaced name", { name: "spaced name", port: 81, source: "flat" }],
  ["bad", undefined],
])("the port of %s is found where it is told best", (name, found) => {
  expect(portOfName(books, name)).toEqual(found);
});

it("a running service goes before a stopped one that had the port", () => {
  expect(nameOfPort(books, 3000)?.name).toBe("web");
  expect(nameOfPort(books, 8080)?.name).toBe("legacy");
  expect(nameOfPort(books, 1)).toBeUndefined();
});

it("reads the lines port|name|pid|time, and leaves others out", () => {
  expect(parseAllocations("3000|a|b|12|99\n3001|web|13|100\nx|y\n0|a|1|2\n")).toEqual([
    { port: 3000, name: "a|b", pid: 12, atS: 99 },
    { port: 3001, name: "web", pid: 13, atS: 100 },
  ]);
});
