import { expect, it } from "vitest";
import { simulatedDisk } from "./simulated-disk.ts";
import { slowFlush } from "./slow-flush.ts";

it("makes flushes take their time, and still flushes", async () => {
  const disk = simulatedDisk();
  const fs = slowFlush(disk.fs(), 5);
  const fd = fs.open("/file", "append");
  const start = performance.now();
  fs.flush(fd);
  await fs.flushLater(fd);

  expect(performance.now() - start).toBeGreaterThan(8);
  expect(disk.trace.map(({ name }) => name)).toEqual([
    "open",
    "flush",
    "flushLater",
    "flushLater done",
  ]);
});
