import fc from "fast-check";
import { expect, it } from "vitest";
import type { Platform, ProcessEntry } from "../platform/platform.ts";
import { systemPlatform } from "../platform/system-platform.ts";
import { sampleUsage } from "./usage.ts";
import { usageOfAll } from "./usage-of-all.ts";

const FIRST = 100_000; // no pid of this test
const pid = fc.integer({ min: FIRST, max: FIRST + 12 });

const table: fc.Arbitrary<readonly ProcessEntry[]> = fc
  .uniqueArray(pid, { maxLength: 12 })
  .chain((pids) =>
    fc.tuple(
      ...pids.map((each) =>
        fc.record<ProcessEntry>({
          pid: fc.constant(each),
          start: fc.constant("1"),
          state: fc.constant("sleeping"),
          parent: pid,
          group: pid,
          session: pid,
        }),
      ),
    ),
  );

function platformOf(entries: readonly ProcessEntry[]): Platform {
  return {
    ...systemPlatform(),
    processes: () => entries,
    process: (wanted) => entries.find((entry) => entry.pid === wanted),
    environmentValue: () => undefined,
    // so that the sum tells which processes there were
    usage: ({ pid: which }) => ({ cpuMs: 2 ** (which - FIRST), memoryBytes: 1 }),
  };
}

it("counts for each the processes that looking at it alone counts", () => {
  fc.assert(
    fc.property(table, pid, pid, (entries, main, shim) => {
      const platform = platformOf(entries);
      const seed = { main: { pid: main, start: "1" }, shim: { pid: shim, start: "1" }, cookie: "" };
      const alone = sampleUsage(platform, 0, seed);

      expect(usageOfAll(platform, 0, [{ name: "a", ...seed }]).get("a")).toEqual(alone);
    }),
  );
});
