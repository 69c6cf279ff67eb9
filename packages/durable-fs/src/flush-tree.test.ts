import { expect, it } from "vitest";
import { flushFolder } from "./flush-folder.ts";
import { flushTree } from "./flush-tree.ts";
import { simulatedDisk } from "./testing/simulated-disk.ts";
import { writeAll } from "./write-all.ts";

it("makes everything below a path survive a power cut, once the folder above is flushed", async () => {
  const disk = simulatedDisk();
  const fs = disk.fs();
  fs.makeFolder("/f");
  fs.makeFolder("/f/inner");
  fs.makeLink("x", "/f/link");
  const fd = fs.open("/f/inner/file", "create");
  writeAll(fs, fd, new TextEncoder().encode("content"));
  fs.close(fd);

  await flushTree(fs, "/f");
  flushFolder(fs, "/");

  for (const cut of disk.powerCuts()) expect(cut.fingerprint()).toBe(disk.fingerprint());
});

it("has nothing to do where nothing is", async () => {
  const disk = simulatedDisk();

  await flushTree(disk.fs(), "/nothing");

  expect(disk.fs().names("/")).toEqual([]);
});
