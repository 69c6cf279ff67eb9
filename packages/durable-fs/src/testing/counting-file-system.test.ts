import { expect, it } from "vitest";
import { countingFileSystem } from "./counting-file-system.ts";
import { simulatedDisk } from "./simulated-disk.ts";

it("counts calls, and flushes of both kinds together", async () => {
  const { fs, counts, flushes, reset } = countingFileSystem(simulatedDisk().fs());
  const fd = fs.open("/file", "append");
  fs.flush(fd);
  await fs.flushLater(fd);

  expect(counts).toMatchObject({ open: 1, flush: 1, flushLater: 1, write: 0 });
  expect(flushes()).toBe(2);
  reset();
  expect(flushes()).toBe(0);
});

it("passes every call on", () => {
  const plain = simulatedDisk().fs();

  expect(Object.keys(countingFileSystem(plain).fs)).toEqual(
    expect.arrayContaining(Object.keys(plain)),
  );
});
