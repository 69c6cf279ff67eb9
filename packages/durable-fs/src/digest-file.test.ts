import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { writeFileAtomic } from "./atomic-write.ts";
import { digestFile, digestTree } from "./digest-file.ts";
import { makeFolders } from "./make-folders.ts";
import { nodeFileSystem } from "./node-file-system.ts";
import { simulatedDisk } from "./testing/simulated-disk.ts";

const sha256 = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");

it.each([0, 1, 256 * 1024, 600_000])("is the SHA-256 of a file of %i bytes", async (length) => {
  const fs = simulatedDisk().fs();
  const content = new Uint8Array(length).map((_, index) => index % 251);
  writeFileAtomic(fs, "/file", content, { durable: false });

  expect(await digestFile(fs, "/file")).toBe(sha256(content));
});

it("closes the file when it fails", async () => {
  const disk = simulatedDisk();
  const fs = disk.fs();
  writeFileAtomic(fs, "/file", new Uint8Array(5), { durable: false });
  disk.failWhen(({ name }) => (name === "read" ? "EIO" : undefined));

  await expect(digestFile(fs, "/file")).rejects.toThrow("EIO");
  expect(disk.trace.at(-1)?.name).toBe("close");
});

it("is the digest of nothing for a folder without files", async () => {
  const fs = simulatedDisk().fs();
  fs.makeLink("/", "/link");
  fs.makeFolder("/folder");

  expect(await digestTree(fs, "/")).toBe(sha256(new Uint8Array()));
});

it("is for a folder what the shell's tools say", async () => {
  const fs = nodeFileSystem();
  const root = mkdtempSync(join(tmpdir(), "durable-fs-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  makeFolders(fs, `${root}/a/b`, { durable: false });
  for (const name of ["z", "a/b/c", "a/é", "a/\u{1f600}", "a/\uffee", "back\\slash", "new\nline"]) {
    writeFileSync(`${root}/${name}`, name);
  }
  fs.makeLink("z", `${root}/link`);
  const command = "find . -type f -printf '%P\\0' | xargs -0 sha256sum | LC_ALL=C sort | sha256sum";
  const expected = execFileSync("sh", ["-c", command], { cwd: root, encoding: "utf8" });

  expect(`${await digestTree(fs, root)}  -\n`).toBe(expected);
});
