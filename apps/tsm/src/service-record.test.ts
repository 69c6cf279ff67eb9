import { expect, it } from "vitest";
import type { Service } from "@tetra/tsm";
import { averageUsage, recordOf } from "./service-record.ts";

const sample = { atMs: 3000, cpuMs: 500, memoryBytes: 4096, processes: 2 };

it("tells of a single look the average since the start", () => {
  expect(averageUsage(sample, 1000)).toEqual({ cpu: 25, memory: 4096, processes: 2 });
});

it("survives a start in the same millisecond, and one that is not known", () => {
  expect(averageUsage(sample, 3000)?.cpu).toBe(50_000);
  expect(averageUsage(sample, undefined)).toBeUndefined();
  expect(averageUsage(undefined, 1000)).toBeUndefined();
});

it("has no health when it does not run", () => {
  const service = (main: object | undefined): Service =>
    // only the fields that a record is made of
    Object({
      meta: { name: "web", restart_policy: { restart: "no" } },
      observed: { main },
      supervision: { health: { state: "healthy" } },
      status: "stopped",
    });
  const healthOf = (main: object | undefined): string | null =>
    recordOf(service(main), { nowMs: 0, usage: undefined }).health;

  expect([healthOf(undefined), healthOf({ pid: 1, start: "1" })]).toEqual([null, "healthy"]);
});
