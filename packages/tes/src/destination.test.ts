import { isTetraError } from "@tetra/errors";
import fc from "fast-check";
import { expect, it } from "vitest";
import { destination, isLocal } from "./destination.ts";
import type { Topology } from "./topology.ts";

const TOPOLOGY: Topology = {
  "@web": { type: "ssh", host: "web.example", user: "deploy" },
  "@db": { type: "ssh", host: "10.0.0.7" },
  "@here": { type: "local", host: "localhost" },
};

function destinationOrCode(target: string): string {
  try {
    return destination(target);
  } catch (error) {
    return isTetraError(error) ? error.code : "-";
  }
}

it.each([
  ["@local", "localhost"],
  ["@localhost", "localhost"],
  ["@dev", "dev.local"],
  ["@staging", "staging.local"],
  ["@prod", "prod.local"],
  ["@backup-2", "backup-2"],
  ["host.example", "host.example"],
  ["user@host", "user@host"],
])("leads from %s to %s", (target, expected) => {
  expect(destination(target)).toBe(expected);
});

it("uses an entry of the file, with its user when it has one", () => {
  expect(destination("@web", TOPOLOGY)).toBe("deploy@web.example");
  expect(destination("@db", TOPOLOGY)).toBe("10.0.0.7");
});

it("keeps the fixed map for what the file leaves out", () => {
  expect(destination("@staging", TOPOLOGY)).toBe("staging.local");
});

it("never gives ssh an option or two words", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (target) => {
      expect(destinationOrCode(target)).toMatch(/^(?:INVALID_TARGET|[^-\s][^\s]*)$/);
    }),
  );
});

it.each(["@-oProxyCommand=reboot", "-v", "two words", "@a b", "@", ""])("refuses %j", (target) => {
  expect(() => destination(target)).toThrow(expect.objectContaining({ code: "INVALID_TARGET" }));
});

it.each([
  ["@local", true],
  ["@localhost", true],
  ["localhost", true],
  ["@here", true],
  ["@web", false],
  ["@staging", false],
  ["127.0.0.2", false],
])("knows whether %s is this machine", (target, expected) => {
  expect(isLocal(target, TOPOLOGY)).toBe(expected);
});
