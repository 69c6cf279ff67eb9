import { expect, it } from "vitest";
import { averageUsage } from "./service-record.ts";

const sample = { atMs: 3000, cpuMs: 500, memoryBytes: 4096, processes: 2 };

it("tells of a single look the average since the start", () => {
  expect(averageUsage(sample, 1000)).toEqual({ cpu: 25, memory: 4096, processes: 2 });
});

it("survives a start in the same millisecond, and one that is not known", () => {
  expect(averageUsage(sample, 3000)?.cpu).toBe(50_000);
  expect(averageUsage(sample, undefined)).toBeUndefined();
  expect(averageUsage(undefined, 1000)).toBeUndefined();
});
