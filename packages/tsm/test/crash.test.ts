import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { isTetraError } from "@tetra/errors";
import { type Clock, openServices } from "../src/index.ts";
import { copiesOf } from "./marked-processes.ts";
import {
  PATIENCE_MS,
  refusal,
  specOf,
  temporaryFolder,
  temporaryServices,
} from "./temporary-services.ts";

vi.setConfig({ testTimeout: 4 * PATIENCE_MS });
const FIXTURES = join(import.meta.dirname, "fixtures");
const COMMAND = "sleep 1000";

interface Outcome {
  readonly id?: number;
  readonly outcome: string;
}

/** What another process came to; `died` when it was killed. */
async function act(folder: string, ...args: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, [join(FIXTURES, "actor.mjs"), folder, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said, [, signal]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  if (signal !== null) return { outcome: "died" };
  const outcome: Outcome = JSON.parse(said);
  return outcome;
}

it("20 processes that start the same name: one starts it, 19 are refused", async () => {
  const { folder } = temporaryServices();

  const all = await Promise.all(
    Array.from({ length: 20 }, async () => act(folder, "start", "web")),
  );

  const outcomes = all.map(({ outcome }) => outcome).toSorted();
  expect(outcomes).toEqual([...Array.from({ length: 19 }, () => "ALREADY_RUNNING"), "started"]);
  expect(copiesOf(folder, COMMAND)).toHaveLength(1);
});

it("20 processes that start different names: all start, with the ids 0 to 19", async () => {
  const { folder, services } = temporaryServices();
  const names = Array.from({ length: 20 }, (_, index) => `web-${index}`);

  const all = await Promise.all(names.map(async (name) => act(folder, "start", name)));

  const ids = all.map(({ id }) => id ?? -1).toSorted((a, b) => a - b);
  expect(ids).toEqual(names.map((_, index) => index));
  expect(services.names().toSorted()).toEqual(names.toSorted());
  expect(copiesOf(folder, COMMAND)).toHaveLength(20);
});

it("a starter that dies anywhere leaves one copy or none, and the next start knows which", async () => {
  const { folder, services } = temporaryServices();
  const died: number[] = [];
  for (let dieAt = 1; dieAt < 100; dieAt += dieAt < 12 ? 1 : 9) {
    const name = `web-${dieAt}`;
    const { outcome } = await act(folder, "start", name, String(dieAt));
    if (outcome !== "died") break;
    died.push(dieAt);
    const again = await services.start(specOf(name, COMMAND)).then(
      () => "started",
      (error: unknown) => (isTetraError(error) ? error.code : String(error)),
    );
    expect(["started", "ALREADY_RUNNING"]).toContain(again);
    await vi.waitFor(() => expect(services.observe(name).observed.state).toBe("online"), 10_000);
    expect(copiesOf(folder, COMMAND)).toHaveLength(died.length);
  }
  expect(died.length).toBeGreaterThan(10);
});

it("a starter that dies before the shim's first line: the next start waits for that line", async () => {
  const home = temporaryFolder();
  const go = join(home, "go");
  const { folder, services, pathOf } = temporaryServices();
  const shell = join(FIXTURES, "waiting-shell.sh");
  const starter = spawn(
    process.execPath,
    [join(FIXTURES, "slow-start.mjs"), folder, "web", shell, go],
    { stdio: "inherit" },
  );
  await vi.waitFor(() => expect(services.observe("web").meta.generation).toBe(1), 10_000);
  await vi.waitFor(() => expect(existsSync(join(home, "waiting"))).toBe(true), 10_000);
  starter.kill("SIGKILL");
  await once(starter, "exit");
  expect(services.observe("web").observed.state).toBe("starting");

  const next = refusal(services.start(specOf("web", COMMAND)));
  writeFileSync(go, "");

  expect((await next).code).toBe("ALREADY_RUNNING");
  await vi.waitFor(() => expect(services.observe("web").observed.state).toBe("online"), 10_000);
  expect(copiesOf(folder, COMMAND)).toHaveLength(1);
  expect(existsSync(pathOf("web", "lock"))).toBe(true);
});

it("a stop that dies anywhere is carried on by the next", async () => {
  const { folder, services } = temporaryServices();
  let deaths = 0;
  for (const dieAt of [1, 2, 3, 5, 8, 12, 16, 20, 26, 32]) {
    await services.start(specOf("web", COMMAND));
    deaths += (await act(folder, "stop", "web", String(dieAt))).outcome === "died" ? 1 : 0;
    await vi.waitFor(() => {
      const { main, exit } = services.observe("web").observed;
      expect(main ?? exit).toBeDefined();
    }, 10_000);
    expect(services.observe("web").observed.state).not.toBe("crashed"); // it was asked to end

    await services.stop("web").catch((error: unknown) => {
      if (!isTetraError(error, "NOT_RUNNING")) throw error;
    });
    expect(copiesOf(folder, COMMAND)).toEqual([]);
    expect(services.observe("web").observed.state).toBe("stopped");
  }
  expect(deaths).toBeGreaterThan(3);
});

it("without its shim a service runs on, is found, stopped, and not doubled", async () => {
  const { folder, services } = temporaryServices();
  const { observed } = await services.start(specOf("web", COMMAND));
  process.kill(observed.shim?.pid ?? 0, "SIGKILL");
  await vi.waitFor(() => expect(services.observe("web").observed.shimLost).toBe(true), 10_000);

  expect(services.observe("web").observed).toMatchObject({ state: "online", main: observed.main });
  expect((await refusal(services.start(specOf("web", COMMAND)))).code).toBe("ALREADY_RUNNING");
  expect(await services.stop("web")).toMatchObject({
    outcome: "ended",
    exit: { code: null, signal: null, reason: expect.stringContaining("shim was killed") },
  });
  expect(copiesOf(folder, COMMAND)).toEqual([]);
});

it("killed with its shim, it is crashed, and why nobody knows how is said", async () => {
  const { services } = temporaryServices();
  const { observed } = await services.start(specOf("web", COMMAND));
  process.kill(observed.shim?.pid ?? 0, "SIGKILL");
  process.kill(observed.main?.pid ?? 0, "SIGKILL");

  await vi.waitFor(() => expect(services.observe("web").observed.state).toBe("crashed"), 10_000);
  expect(services.observe("web").observed.exit).toMatchObject({
    code: null,
    signal: null,
    reason: expect.stringContaining("shim was killed"),
  });
});

it("revive starts what has ended once, whoever asks how often", async () => {
  const { folder, services } = temporaryServices();
  const { observed, meta } = await services.start(specOf("web", COMMAND));
  process.kill(observed.main?.pid ?? 0, "SIGKILL");
  await vi.waitFor(() => expect(services.observe("web").observed.state).toBe("crashed"), 10_000);

  const revived = await Promise.all([1, 2, 3].map(() => services.revive("web", meta.generation)));

  expect(revived.filter((started) => started !== undefined)).toHaveLength(1);
  expect(copiesOf(folder, COMMAND)).toHaveLength(1);
  await services.stop("web");
  expect(await services.revive("web", meta.generation + 1)).toBeUndefined();
});

it("revive does nothing when there was another run since, though that has ended too", async () => {
  const { services } = temporaryServices();
  const { meta } = await services.start(specOf("web", COMMAND));
  const { observed } = await services.restart("web");
  process.kill(observed.main?.pid ?? 0, "SIGKILL");
  await vi.waitFor(() => expect(services.observe("web").observed.state).toBe("crashed"), 10_000);

  expect(await services.revive("web", meta.generation)).toBeUndefined();
});

it("a start that breaks off leaves nothing running, now or later", async () => {
  const home = temporaryFolder();
  let sleeps = 0;
  const clock: Clock = {
    now: () => Date.now(),
    sleep: async (ms) => {
      sleeps += 1;
      if (sleeps === 1) throw new Error("broken off");
      await setTimeout(ms);
    },
  };
  const { folder, services } = temporaryServices();
  const breaking = openServices({ folder, clock, shell: join(FIXTURES, "waiting-shell.sh") });
  const environment = { PATH: process.env["PATH"] ?? "", TSM_TEST_GO: join(home, "go") };

  await expect(breaking.start(specOf("web", COMMAND, { environment }))).rejects.toThrow(
    "broken off",
  );

  writeFileSync(join(home, "go"), "");
  expect(services.observe("web")).toMatchObject({
    meta: { desired: "stopped" },
    observed: { state: "crashed" },
  });
  expect((await services.start(specOf("web", COMMAND))).observed.state).toBe("online");
  expect(copiesOf(folder, COMMAND)).toHaveLength(1);
});

it("half-made folders are no services, and do not hinder", async () => {
  const { folder, services } = temporaryServices();
  mkdirSync(join(folder, "runtime/processes/web"), { recursive: true });

  expect((await refusal(services.stop("web"))).code).toBe("SERVICE_NOT_FOUND");
  expect((await services.start(specOf("web", COMMAND))).meta.tsm_id).toBe(0);
});
