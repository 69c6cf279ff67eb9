import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  appendWhole,
  nodeFileSystem,
  readAll,
  replaceFile,
  writeAll,
  writeFileAtomic,
} from "../src/index.ts";

const SIZE_KB = 64;
const fs = nodeFileSystem();
const disk = mkdtempSync(join(tmpdir(), "durable-fs-"));
const mount = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE_KB}k`, "tmpfs", disk]);
const isMounted = mount.status === 0;

afterAll(() => {
  if (isMounted) spawnSync("umount", [disk]);
  rmSync(disk, { recursive: true });
});

const kilobytes = (count: number): Uint8Array => new Uint8Array(count * 1024).fill(120);

it("throws ENOSPC where a device takes nothing", () => {
  const fd = fs.open("/dev/full", "update");

  expect(() => writeAll(fs, fd, kilobytes(1))).toThrow("ENOSPC");
  fs.close(fd);
});

describe.skipIf(!isMounted)("a real disk of 64 KB (skipped without the right to mount)", () => {
  it("takes a part of a write and says so without an error", () => {
    const fd = fs.open(`${disk}/short`, "append");

    expect(fs.write(fd, kilobytes(2 * SIZE_KB))).toBeLessThanOrEqual(SIZE_KB * 1024);
    expect(() => fs.write(fd, kilobytes(1))).toThrow("ENOSPC");
    fs.close(fd);
    fs.removeFile(`${disk}/short`);
  });

  it("keeps the old file and nothing else when the new one does not fit", () => {
    writeFileAtomic(fs, `${disk}/file`, kilobytes(1), { durable: true });

    expect(() =>
      writeFileAtomic(fs, `${disk}/file`, kilobytes(2 * SIZE_KB), { durable: true }),
    ).toThrow("ENOSPC");
    expect(() => replaceFile(fs, `${disk}/file`, kilobytes(2 * SIZE_KB))).toThrow("ENOSPC");
    expect(fs.names(disk)).toEqual(["file"]);
    expect(fs.stat(`${disk}/file`)?.size).toBe(1024);
  });

  it("keeps a log whole when a line does not fit", () => {
    const fd = fs.open(`${disk}/log`, "append");
    const line = new TextEncoder().encode("one line\n");
    appendWhole(fs, fd, line);

    expect(() => appendWhole(fs, fd, kilobytes(2 * SIZE_KB))).toThrow("ENOSPC");
    expect(readAll(fs, fd)).toEqual(line);
    fs.close(fd);
  });
});
