import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { diskRoom, roomOf } from "./disk-room.ts";

const GIB = 1_073_741_824;

it("is low when less than a twentieth is left, and less than 1 GiB", () => {
  expect(roomOf(0.04 * GIB, GIB).isLow).toBe(true);
  expect(roomOf(0.06 * GIB, GIB).isLow).toBe(false);
  expect(roomOf(2 * GIB, 1000 * GIB).isLow).toBe(false);
  expect(roomOf(0.9 * GIB, 1000 * GIB).isLow).toBe(true);
});

it("is that of the disk of a folder", () => {
  const { freeBytes, totalBytes } = diskRoom(tmpdir());

  expect(freeBytes).toBeGreaterThan(0);
  expect(totalBytes).toBeGreaterThanOrEqual(freeBytes);
});
