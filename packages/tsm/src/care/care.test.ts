import fc from "fast-check";
import { expect, it } from "vitest";
import { careFrom } from "./care-from.ts";
import { checkCare } from "./check-care.ts";
import type { HealthCheck, ServiceCare } from "./service-care.ts";

const HEALTH: HealthCheck = {
  probe: { type: "command", command: ["curl", "-f", "http://127.0.0.1"] },
  intervalMs: 1000,
  timeoutMs: 500,
  failures: 3,
  successes: 1,
  graceMs: 100,
};
const ALL: ServiceCare = {
  ready: { type: "http", url: "http://127.0.0.1:3000/health" },
  readyTimeoutMs: 5000,
  health: HEALTH,
  maxMemoryBytes: 1_000_000,
  cron: "0 3 * * *",
  watch: { paths: ["/srv/app"], ignore: ["*.log"] },
  dependsOn: [{ name: "db", condition: "healthy" }],
  logs: { maxBytes: 100, maxAgeMs: 0, keep: 2, compress: false },
  mergeOutput: true,
  user: "www-data",
};

it("what is written is read the same", () => {
  expect(careFrom(JSON.parse(JSON.stringify(ALL)))).toEqual(ALL);
  expect(checkCare("web", ALL)).toBe(ALL);
});

it("whatever is written can be read, and what is no care is left out", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(careFrom(value)).toBeTypeOf("object");
    }),
  );
  const odd = { ready: { type: "smoke" }, health: { probe: {} }, watch: {}, dependsOn: [{}, 1] };
  expect(careFrom({ ...odd, user: {}, logs: 7, mergeOutput: "yes" })).toEqual({ dependsOn: [] });
});

it("a health check and a log policy are completed", () => {
  const probe = { type: "tcp", host: "::1", port: 3000 } as const;

  expect(careFrom({ health: { probe }, logs: {} })).toMatchObject({
    health: { probe, intervalMs: 10_000, failures: 3 },
    logs: { keep: 10, compress: true },
  });
});

it.each<[why: string, care: ServiceCare]>([
  ["no http address", { ready: { type: "http", url: "ftp://x" } }],
  ["no address", { ready: { type: "tcp", host: "x", port: 70_000 } }],
  ["no command", { ready: { type: "command", command: [] } }],
  ["no whole number of milliseconds", { readyTimeoutMs: -1 }],
  ["threshold", { health: { ...HEALTH, failures: 0 } }],
  ["number of bytes", { maxMemoryBytes: 0.5 }],
  ["empty", { cron: " " }],
  ["not absolute", { watch: { paths: ["here"], ignore: [] } }],
  ["depends on", { dependsOn: [{ name: "../x", condition: "started" }] }],
  ["whole number from 0", { logs: { maxBytes: -1, maxAgeMs: 0, keep: 1, compress: true } }],
  ["no user", { user: "a b" }],
])("refused with %s", (why, care) => {
  expect(() => checkCare("web", care)).toThrow(
    expect.objectContaining({ code: "INVALID_SERVICE", message: expect.stringContaining(why) }),
  );
});
