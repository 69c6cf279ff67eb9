import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { trackedServices } from "../src/ports/tracked-service.ts";
import { readableServices } from "../src/index.ts";
import { PATIENCE_MS, refusal, temporaryFolder, temporaryServices } from "./temporary-services.ts";

vi.setConfig({ testTimeout: PATIENCE_MS });

const environment = { PATH: "/usr/bin:/bin" };

function processesFolder(folder: string, ...path: readonly string[]): string {
  return join(folder, "runtime/processes", ...path);
}

it("is no service what has no meta.json, or an empty one", () => {
  const folder = temporaryFolder();
  const { services } = temporaryServices({ folder });
  mkdirSync(processesFolder(folder, "claimed"), { recursive: true });
  mkdirSync(processesFolder(folder, "torn"));
  writeFileSync(processesFolder(folder, "torn", "meta.json"), "");
  writeFileSync(processesFolder(folder, "older.meta"), "script=x pid=1 port=3000 start_time=1");

  expect(services.names()).toEqual(["older"]);
});

it("starts beside one whose file is broken, and observes all others", async () => {
  const folder = temporaryFolder();
  const { services } = temporaryServices({ folder });
  mkdirSync(processesFolder(folder, "broken"), { recursive: true });
  writeFileSync(processesFolder(folder, "broken", "meta.json"), "{");
  await services.start({ name: "web", command: ["sleep", "60"], cwd: "/", environment });

  expect(services.names()).toEqual(["broken", "web"]);
  expect(readableServices(services).map(({ meta }) => meta.name)).toEqual(["web"]);
  expect(trackedServices(services).map(({ name }) => name)).toEqual(["web"]);
  await services.stop("web", { timeoutMs: 0 });
});

it("takes a claimed name back when the start is refused, but nothing that holds more", async () => {
  const folder = temporaryFolder();
  const { services } = temporaryServices({ folder });
  const spec = { command: ["no-such-program"], cwd: "/", environment };
  for (const name of ["claimed", "kept"]) {
    mkdirSync(processesFolder(folder, name), { recursive: true });
  }
  writeFileSync(processesFolder(folder, "kept", "current.out"), "words");

  expect((await refusal(services.start({ ...spec, name: "claimed" }))).code).toBe(
    "COMMAND_NOT_FOUND",
  );
  await refusal(services.start({ ...spec, name: "kept" }));

  expect(readdirSync(processesFolder(folder))).toEqual(["kept"]);
});
