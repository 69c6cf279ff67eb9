import * as fc from "fast-check";
import { expect, it } from "vitest";
import { readAll } from "./read-all.ts";
import { simulatedDisk } from "./testing/simulated-disk.ts";
import { writeAll } from "./write-all.ts";

it("writes everything, however little the disk takes at a time", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.nat(), fc.nat(50), (bytes, shortWrites, position) => {
      const fs = simulatedDisk({ shortWrites }).fs();
      const appended = fs.open("/appended", "append");
      const placed = fs.open("/placed", "create");
      writeAll(fs, appended, bytes);
      writeAll(fs, placed, bytes, position);

      expect(readAll(fs, appended)).toEqual(bytes);
      expect(readAll(fs, placed, position)).toEqual(bytes);
    }),
  );
});

it("throws ENOSPC when a full disk takes no more", () => {
  const disk = simulatedDisk();
  const fs = disk.fs();
  const fd = fs.open("/file", "append");
  disk.freeBytes = 3;

  expect(() => writeAll(fs, fd, new Uint8Array(5))).toThrow("ENOSPC");
  expect(fs.statOpen(fd).size).toBe(3);
});

it("throws ENOSPC when a write takes nothing and says nothing", () => {
  const fs = { ...simulatedDisk().fs(), write: () => 0 };
  const fd = fs.open("/file", "append");

  expect(() => writeAll(fs, fd, new Uint8Array(5))).toThrow("ENOSPC");
});
