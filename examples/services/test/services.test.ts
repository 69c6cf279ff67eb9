import { execFile } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const TIMEOUT_MS = 60_000;
const EXAMPLE = join(import.meta.dirname, "..");
const FILES = ["tsm.yaml", "migrate.sh", "web.js", "worker.js", "package.json"];

let root: string;
let parts: readonly string[];

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a TCP server listens on
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "example-services-"));
  for (const name of FILES) cpSync(join(EXAMPLE, name), join(root, name));
  const file = join(root, "tsm.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace("4180", String(await freePort())));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(EXAMPLE, "start.js"), file],
    { env: { ...process.env, TETRA_DIR: join(root, "tetra") } },
  );
  parts = stdout.split(/^# /mu);
}, TIMEOUT_MS);
afterAll(() => rmSync(root, { recursive: true }));

/** The part of the story under a heading. */
function part(heading: string): string {
  return parts.find((text) => text.startsWith(heading)) ?? "";
}

it("brings everything up in the order of what depends on what, once", () => {
  const [, first = "", again = ""] = part("Everything up").split("$ tsm up\n");

  expect(first).toMatch(/✅ Completed: migrate\n✅ Started: web .*\n✅ Started: worker /);
  expect(again).toContain("3 unchanged");
});

it("works", () => {
  expect(part("It works")).toContain("1 order is packed");
});

it("brings the web service back when it is killed", () => {
  const text = part("The web service is killed");

  expect(text).toContain("it is back");
  expect(text).toContain("it is another process: true");
});

it("goes on working while the daemon is dead, and keeps its processes when that is back", () => {
  const text = part("The daemon is killed");

  expect(text).toContain("2 orders are packed");
  expect(text).toContain("the same process: true");
});

it("knows how the web service ended", () => {
  expect(part("What was known")).toMatch(/ended +web .*signal=SIGKILL/);
});

it("goes down in reverse", () => {
  expect(part("Down")).toMatch(/stopped 'worker'\n.*stopped 'web'\n2 stopped/);
});
