import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";

const INDEX = new URL("../dist/index.js", import.meta.url).href;

it("locks in a process that has just looked at a socket", () => {
  const folder = mkdtempSync(join(tmpdir(), "after-socket-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const code = `
    import { statSync } from "node:fs";
    import { createRequire } from "node:module";
    import { createServer } from "node:net";
    import { nodeFileSystem } from ${JSON.stringify(INDEX)};
    createRequire(${JSON.stringify(INDEX)})("../package.json"); // the loader remembers folders on the way
    createServer().listen("socket", () => {
      const fs = nodeFileSystem();
      const fd = fs.open("lock", "append");
      statSync("socket");
      console.log(fs.tryLock(fd, { offset: 0, length: 1 }) ? "locked" : "not locked");
      process.exit();
    });`;
  writeFileSync(join(folder, "main.mjs"), code);
  // whoever runs tests may have set NODE_PATH, which would help
  const options = { cwd: folder, encoding: "utf8", env: {} } as const;

  expect(execFileSync(process.execPath, ["main.mjs"], options)).toBe("locked\n");
});
