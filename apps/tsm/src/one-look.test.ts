import type { Platform, ProcessEntry } from "@tetra/tsm";
import { systemPlatform } from "@tetra/tsm";
import { expect, it } from "vitest";
import { oneLook } from "./one-look.ts";

const entry = (pid: number): ProcessEntry => ({
  pid,
  start: "1",
  parent: 1,
  group: pid,
  session: pid,
  state: "sleeping",
});

function counted(): { platform: Platform; calls: string[] } {
  const calls: string[] = [];
  const platform: Platform = {
    ...systemPlatform(),
    processes: () => (calls.push("processes"), [entry(10), entry(11)]),
    process: (pid) => (calls.push(`process ${pid}`), pid === 12 ? entry(12) : undefined),
    stampAtMs: (up) => (calls.push("stamp"), 5000 + up * 1000),
  };
  return { platform, calls };
}

it("reads the table once for everything, until it forgets", () => {
  const { platform, calls } = counted();
  const look = oneLook(platform);

  expect(look.process(10)).toEqual(entry(10));
  expect(look.processes()).toHaveLength(2);
  expect(look.stampAtMs(2)).toBe(7000);
  expect(calls).toEqual(["processes", "stamp"]);
  look.forget();
  look.processes();
  expect(calls).toEqual(["processes", "stamp", "processes", "stamp"]);
});

it("asks for what it has not seen: it may have begun since", () => {
  const { platform, calls } = counted();
  const look = oneLook(platform);

  expect(look.process(12)).toEqual(entry(12));
  expect(look.process(13)).toBeUndefined();
  expect(calls).toContain("process 13");
});
