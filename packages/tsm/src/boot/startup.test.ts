import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TetraError } from "@tetra/errors";
import { expect, it, onTestFinished } from "vitest";
import { carryOut } from "../definitions/carry-out.ts";
import { type EnabledService, startup, startupText } from "./startup.ts";

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tsm-startup-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const service = (name: string, ...needs: readonly string[]): EnabledService => ({
  name,
  dependsOn: needs.map((need) => ({ name: need, condition: "started" })),
  isUp: false,
});

const clock = { now: () => Date.UTC(2026, 0, 31, 9, 30), sleep: async (): Promise<void> => {} };

async function startAll(services: readonly EnabledService[], broken: readonly string[] = []) {
  const folder = temporaryFolder();
  const order: string[] = [];
  const isUp = (name: string): boolean =>
    order.includes(name) || services.some((one) => one.name === name && one.isUp);
  const unplanned = (): never => {
    throw new Error("a startup only starts");
  };
  const report = await startup({ folder, clock }, { enabled: services }, (steps) =>
    carryOut(steps, {
      async start(name) {
        order.push(name);
        if (broken.includes(name)) throw new TetraError("START_FAILED", `${name} ended at once`);
      },
      async until(name) {
        if (isUp(name)) return;
        throw new TetraError("SERVICE_NOT_FOUND", `${name} does not run`);
      },
      restart: unplanned,
      stop: unplanned,
    }),
  );
  return { report, order, log: () => readFileSync(join(folder, "startup.log"), "utf8") };
}

it("starts what is enabled in the order of its dependencies, and says so in a line of startup.log", async () => {
  const { report, order, log } = await startAll([service("web", "db"), service("db")]);

  expect(order).toEqual(["db", "web"]);
  expect(startupText(report)).toBe("✅ Startup complete: 2 started, 0 failed");
  expect(log()).toBe("[2026-01-31T09:30:00Z] Startup complete: 2 started, 0 failed\n");
});

it("a failure keeps back only those that depend on it", async () => {
  const all = [service("web", "db"), service("db"), service("other")];

  const { report, order } = await startAll(all, ["db"]);

  expect(order.toSorted()).toEqual(["db", "other"]);
  expect(report.started).toEqual(["other"]);
  expect(report.failed).toEqual([
    expect.objectContaining({ name: "db", why: "db ended at once" }),
    { name: "web", why: expect.stringContaining("db") },
  ]);
});

it("what runs already is not counted as started", async () => {
  const { report, order } = await startAll([
    { ...service("db"), isUp: true },
    service("web", "db"),
  ]);

  expect(order).toEqual(["web"]);
  expect(report).toEqual({ started: ["web"], running: ["db"], failed: [] });
});

it("what waits for each other fails, and the others start", async () => {
  const { report } = await startAll([service("a", "b"), service("b", "a"), service("c")]);

  expect(report.started).toEqual(["c"]);
  expect(report.failed.map(({ name }) => name)).toEqual(["a", "b"]);
});

it("what waits for something that is not enabled and does not run is kept back", async () => {
  const { report } = await startAll([service("web", "gone")]);

  expect(report.failed).toEqual([{ name: "web", why: expect.stringContaining("gone") }]);
});
