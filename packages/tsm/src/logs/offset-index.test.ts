import { simulatedDisk } from "@tetra/durable-fs/testing";
import { readFile } from "@tetra/durable-fs";
import { expect, it } from "vitest";
import { logPaths } from "./log-paths.ts";
import { noteOffsets, readIndex } from "./offset-index.ts";

const PATHS = { folder: "/web", out: "/web/current.out", err: "/web/current.err" };

function service(): ReturnType<typeof simulatedDisk> {
  const disk = simulatedDisk();
  const fs = disk.fs();
  fs.makeFolder("/web");
  fs.write(fs.open(PATHS.out, "append"), new TextEncoder().encode("hello\n"));
  return disk;
}

it("notes how long both logs are, in one line each time", () => {
  const fs = service().fs();

  expect(noteOffsets({ fs, paths: PATHS, atMs: 1000.7, why: "start" })).toBe(true);
  fs.write(fs.open(PATHS.err, "append"), new TextEncoder().encode("oh\n"));
  noteOffsets({ fs, paths: PATHS, atMs: 2000, why: "exit" });

  expect(new TextDecoder().decode(readFile(fs, "/web/logs/index.ndjson"))).toBe(
    '{"ts_ms":1000,"out":6,"err":0,"why":"start"}\n{"ts_ms":2000,"out":6,"err":3,"why":"exit"}\n',
  );
  expect(readIndex(fs, logPaths(PATHS))).toEqual([
    { atMs: 1000, out: 6, err: 0 },
    { atMs: 2000, out: 6, err: 3 },
  ]);
});

it("does not make the folder of a service that was removed", () => {
  const fs = simulatedDisk().fs();

  expect(noteOffsets({ fs, paths: PATHS, atMs: 1, why: "exit" })).toBe(false);
  expect(fs.names("/")).toEqual([]);
});

it("hinders nobody when the disk is full", () => {
  const disk = service();
  disk.freeBytes = 0;

  expect(noteOffsets({ fs: disk.fs(), paths: PATHS, atMs: 1, why: "start" })).toBe(false);
});
