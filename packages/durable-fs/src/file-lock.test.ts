import { expect, it } from "vitest";
import { lockFile, tryLockFile } from "./file-lock.ts";
import type { FileSystem } from "./file-system.ts";
import { simulatedDisk } from "./testing/simulated-disk.ts";

const first = { offset: 0, length: 1 };

/** Takes every lock only after the lock file was replaced once, as a careless cleaner does. */
function withCleaner(fs: FileSystem): FileSystem {
  let isClean = false;
  const clean = (): void => {
    if (!isClean) fs.removeFile("/lock");
    isClean = true;
  };
  return {
    ...fs,
    tryLock: (fd, range) => {
      clean();
      return fs.tryLock(fd, range);
    },
    lock: (fd, range) => {
      clean();
      return fs.lock(fd, range);
    },
  };
}

it("is held until released, and released once", async () => {
  const fs = simulatedDisk().fs();
  const held = await lockFile(fs, "/lock", first);

  expect(tryLockFile(fs, "/lock", first)).toBeUndefined();
  held.release();
  const next = tryLockFile(fs, "/lock", first);
  expect(next).toBeDefined();
  held.release();
  expect(tryLockFile(fs, "/lock", first)).toBeUndefined();
});

it("leaves other bytes of the file to others", () => {
  const fs = simulatedDisk().fs();

  expect(tryLockFile(fs, "/lock", first)).toBeDefined();
  expect(tryLockFile(fs, "/lock", { offset: 1, length: 1 })).toBeDefined();
});

it("is taken on the file that is there now, when that was replaced", async () => {
  const waited = simulatedDisk().fs();
  await lockFile(withCleaner(waited), "/lock", first);
  expect(tryLockFile(waited, "/lock", first)).toBeUndefined();

  const tried = simulatedDisk().fs();
  expect(tryLockFile(withCleaner(tried), "/lock", first)).toBeDefined();
  expect(tryLockFile(tried, "/lock", first)).toBeUndefined();
});

it("leaves no descriptor open when it is not had", async () => {
  const disk = simulatedDisk();
  const fs = disk.fs();
  const held = await lockFile(fs, "/lock", first);
  tryLockFile(fs, "/lock", first);
  disk.failWhen(({ name }) => (name === "lock" ? "EIO" : undefined));
  await expect(lockFile(fs, "/lock", first)).rejects.toThrow("EIO");
  held.release();

  expect(fs.open("/lock", "append")).toBe(held.fd);
});

it("lets one after the other in", async () => {
  const fs = simulatedDisk().fs();
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      const lock = await lockFile(fs, "/lock", first);
      inside += 1;
      most = Math.max(most, inside);
      await Promise.resolve();
      inside -= 1;
      lock.release();
    }),
  );

  expect(most).toBe(1);
});
