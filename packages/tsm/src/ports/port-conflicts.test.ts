import fc from "fast-check";
import { expect, it } from "vitest";
import { conflictText, portConflicts, resolveConflicts } from "./port-conflicts.ts";
import { parsePortsConfig, reservedAs } from "./ports-config.ts";

const configOf = (ports: Readonly<Record<string, number>>): ReturnType<typeof parsePortsConfig> => {
  const lines = Object.entries(ports).map(([name, port]) => `${name} = ${port}`);
  return parsePortsConfig(["[ports]", ...lines].join("\n"), "ports.toml");
};
const isFree = (): boolean => false;

it("names, reserved ports, services and holders that collide are told by port", () => {
  const web = { name: "web", port: 4000, isRunning: true, cookie: "" };
  const look = {
    services: [web, { ...web, name: "api" }],
    listening: [{ port: 4000, pid: 77 }],
  };

  const conflicts = portConflicts(configOf({ a: 3100, db: 5432, b: 3100 }), look);

  expect(conflicts.map(conflictText)).toEqual([
    "port 3100 is assigned to a, b",
    "services web, api all declare port 4000",
    "port 4000 of web is taken by pid 77",
    "port 4000 of api is taken by pid 77",
    "port 5432 of db is reserved (system)",
  ]);
});

it("the first name keeps its port; others get the lowest free one of the range", () => {
  const moves = resolveConflicts(configOf({ a: 4000, b: 4000, c: 4001, db: 5432 }), (port) =>
    [4002, 5000].includes(port),
  );

  expect(moves).toEqual([
    { name: "b", from: 4000, to: 4003 },
    { name: "db", from: 5432, to: 5001 },
  ]);
});

it("after resolving there is no conflict among the names, and what had none stays", () => {
  const ports = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,5}$/),
    fc.oneof(fc.integer({ min: 3000, max: 3010 }), fc.constantFrom(22, 8080, 50_000)),
  );
  fc.assert(
    fc.property(ports, (wanted) => {
      const config = configOf(wanted);
      const moves = new Map(resolveConflicts(config, isFree).map((move) => [move.name, move.to]));
      const after = [...config.ports].map(([name, port]) => moves.get(name) ?? port);

      expect(new Set(after).size).toBe(after.length);
      expect(after.every((port) => reservedAs(config, port) === undefined)).toBe(true);
      const again = configOf(
        Object.fromEntries([...config.ports.keys()].map((name, at) => [name, after[at] ?? 0])),
      );
      expect(resolveConflicts(again, isFree)).toEqual([]);
    }),
  );
});
