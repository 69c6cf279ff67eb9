import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { socketPath } from "./socket-path.ts";

function temporaryDir(): string {
  const folder = mkdtempSync(join(tmpdir(), "sock-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const uid = process.getuid?.() ?? 0;

it("is below the user's runtime folder, one for each data root", () => {
  const runtimeDir = temporaryDir();
  const place = { runtimeDir, temporaryDir: "/tmp" };

  const [a, b] = ["/a", "/b"].map((tetraDir) => socketPath({ tetraDir, ...place }));

  expect(a).toMatch(new RegExp(`^${runtimeDir}/tetra/[0-9a-f]{16}/sock$`));
  expect(a).not.toBe(b);
});

it("is below a private folder among the temporary files when there is no runtime folder, or others may use it", () => {
  const open = temporaryDir();
  chmodSync(open, 0o755);
  const place = { tetraDir: "/a", temporaryDir: temporaryDir() };

  const path = socketPath({ ...place, runtimeDir: open });

  expect(path.startsWith(`${place.temporaryDir}/tetra-${uid}/`)).toBe(true);
  expect(socketPath({ ...place, runtimeDir: undefined })).toBe(path);
  expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
});

it("refuses a folder that others may use, or a link", () => {
  for (const make of [
    (path: string) => mkdirSync(path, { mode: 0o777 }),
    (path: string) => symlinkSync(temporaryDir(), path),
  ]) {
    const folder = temporaryDir();
    const own = join(folder, `tetra-${uid}`);
    make(own);
    const refused = () =>
      socketPath({ tetraDir: "/a", runtimeDir: undefined, temporaryDir: folder });

    expect(refused).toThrow("not a folder that only you may use");
  }
});

it("refuses a path that the kernel would cut", () => {
  const folder = join(temporaryDir(), "x".repeat(90));
  const refused = () => socketPath({ tetraDir: "/a", runtimeDir: undefined, temporaryDir: folder });

  expect(refused).toThrow("of 107 that are possible");
});
