import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import type { Services } from "../src/index.ts";
import { copiesOf, runs } from "./marked-processes.ts";
import { PATIENCE_MS, specOf, temporaryFolder, temporaryServices } from "./temporary-services.ts";

vi.setConfig({ testTimeout: PATIENCE_MS });
const COMMAND = "sleep 1000";

const pidIn = (home: string, file: string): number =>
  Number(readFileSync(join(home, file), "utf8"));

const historyOf = (folder: string): readonly Record<string, unknown>[] =>
  readFileSync(join(folder, "runtime/history.ndjson"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

async function kill(services: Services, name: string): Promise<void> {
  process.kill(services.observe(name).observed.main?.pid ?? 0, "SIGKILL");
  await vi.waitFor(() => expect(services.observe(name).observed.state).toBe("crashed"), 10_000);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

it("the history says who did what when, and each end once, however it is noticed", async () => {
  const { folder, services } = temporaryServices({ by: "anna", via: "tsm" });
  await services.start(specOf("web", COMMAND));
  await kill(services, "web");
  await Promise.all([services.noteEnd("web", 1), services.noteEnd("web", 1)]);
  await services.revive("web", 1);
  await kill(services, "web");
  await services.restart("web", { by: "berta" });
  await services.stop("web");
  await services.remove("web");

  const lines = historyOf(folder);

  expect(lines.map(({ event, generation }) => [event, generation])).toEqual([
    ["started", 1],
    ["ended", 1],
    ["restarted", 2],
    ["ended", 2],
    ["restarted", 3],
    ["ended", 3],
    ["stopped", 3],
    ["removed", 3],
  ]);
  expect(lines[0]).toMatchObject({ name: "web", id: 0, by: "anna", via: "tsm" });
  expect(lines[1]).toMatchObject({ code: null, signal: "SIGKILL", at_ms: expect.any(Number) });
  expect(lines[4]).toMatchObject({ by: "berta", via: "tsm" });
});

it("an end is noted once, though whoever noted it died before he could remember that", async () => {
  const { folder, services, pathOf } = temporaryServices();
  const endsOf = (): readonly unknown[] =>
    historyOf(folder)
      .filter(({ event }) => event === "ended")
      .map(({ generation }) => generation);
  await services.start(specOf("web", COMMAND));
  await kill(services, "web");
  const before = readFileSync(pathOf("web", "meta.json"));
  await services.noteEnd("web", 1);
  writeFileSync(pathOf("web", "meta.json"), before);

  await services.noteEnd("web", 1);
  expect(endsOf()).toEqual([1]);

  await services.remove("web");
  await services.start(specOf("web", COMMAND)); // its runs are counted from 1 again
  await kill(services, "web");
  await services.noteEnd("web", 1);
  expect(endsOf()).toEqual([1, 1]);
});

it("a torn line of the history is ended, not continued", async () => {
  const { folder, services } = temporaryServices();
  await services.start(specOf("web", COMMAND));
  const path = join(folder, "runtime/history.ndjson");
  appendFileSync(path, '{"event":"torn');

  services.note({ event: "saved", name: "web" });

  expect(readFileSync(path, "utf8")).toMatch(/\n\{"event":"torn\n\{"ts":.*"event":"saved".*\}\n$/);
});

it("revive ends what holds the port before it starts, and says so", async () => {
  const { folder, services } = temporaryServices();
  const home = temporaryFolder();
  const port = await freePort();
  const serve = `require("net").createServer().listen(${port}, "127.0.0.1")`;
  const script = `setsid "$2" -e '${serve}' </dev/null >/dev/null 2>&1 &
    echo $! >"$1/child"; wait`;
  const command = ["sh", "-c", script, "sh", home, process.execPath];
  const { isListening } = await services.start(specOf("web", command, { port }));
  expect(isListening).toBe(true);
  const child = pidIn(home, "child");
  await kill(services, "web");

  await services.revive("web", 1);

  expect(runs(child)).toBe(false);
  expect(historyOf(folder).map(({ event }) => event)).toEqual([
    "started",
    "leftovers_ended",
    "ended",
    "restarted",
  ]);
});

it("revive ends what its last run left behind, and nothing of the new one", async () => {
  const { folder, services } = temporaryServices();
  const home = temporaryFolder();
  const script = `setsid sleep 1000 & echo $! >"$1/child.$$"; echo $$ >"$1/main"; wait`;
  await services.start(specOf("web", ["sh", "-c", script, "sh", home]));
  await vi.waitFor(() => expect(existsSync(join(home, "main"))).toBe(true), 10_000);
  const left = pidIn(home, `child.${pidIn(home, "main")}`);
  await kill(services, "web");
  expect(runs(left)).toBe(true);

  const started = await services.revive("web", 1);

  expect(runs(left)).toBe(false);
  const main = started?.observed.main?.pid ?? 0;
  await vi.waitFor(() => expect(existsSync(join(home, `child.${main}`))).toBe(true), 10_000);
  expect(runs(pidIn(home, `child.${main}`))).toBe(true);
  expect(copiesOf(folder, COMMAND)).toHaveLength(1);
});

it("restart of what has ended ends its leftovers; start refuses and says that", async () => {
  const { services } = temporaryServices();
  const home = temporaryFolder();
  const script = `setsid sleep 1000 & echo $! >"$1/child"; wait`;
  await services.start(specOf("web", ["sh", "-c", script, "sh", home]));
  await vi.waitFor(() => expect(existsSync(join(home, "child"))).toBe(true), 10_000);
  await kill(services, "web");
  const left = pidIn(home, "child");

  await expect(services.start(specOf("web", COMMAND))).rejects.toMatchObject({
    code: "LEFTOVERS",
    message: `web: it has ended, but what it started lives on: ${left} (sleep 1000)`,
    hint: expect.stringContaining("restart it"),
  });
  await services.restart("web");

  expect(runs(left)).toBe(false);
});

it("renew replaces the run that is meant, and only while it lives and is wanted", async () => {
  const { folder, services } = temporaryServices();
  await services.start(specOf("web", COMMAND));

  const renewed = await Promise.all([
    services.renew("web", 1, { reason: "memory" }),
    services.renew("web", 1, { reason: "cron" }),
  ]);

  expect(renewed.filter((started) => started !== undefined)).toHaveLength(1);
  expect(services.observe("web").meta).toMatchObject({ generation: 2, restarts: 1 });
  expect(copiesOf(folder, COMMAND)).toHaveLength(1);
  expect(historyOf(folder).at(-1)).toMatchObject({ event: "restarted", generation: 2 });
  await services.stop("web");
  expect(await services.renew("web", 2)).toBeUndefined();
});

it("a stop whose author died is finished, and what is wanted stays", async () => {
  const { services, pathOf } = temporaryServices();
  await services.start(specOf("web", COMMAND));
  const path = pathOf("web", "meta.json");
  const meta: Record<string, unknown> = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...meta, stopped_generation: 1 })); // a restart, half-way
  expect(services.observe("web").status).toBe("stopping");

  expect(await services.finishStop("web", 2)).toBeUndefined();
  expect(await services.finishStop("web", 1)).toMatchObject({ outcome: "ended" });

  expect(services.observe("web")).toMatchObject({ status: "stopped", meta: { desired: "online" } });
  expect(await services.finishStop("web", 1)).toBeUndefined();
  expect((await services.revive("web", 1))?.meta.generation).toBe(2);
});

it("a restart with another specification keeps id and count, and never the name of another", async () => {
  const { services } = temporaryServices();
  await services.start(specOf("web", COMMAND, { origin: { words: ["sleep"] } }));
  expect(services.origin("web")).toEqual({ words: ["sleep"] });

  const { meta } = await services.restart("web", {
    spec: specOf("web", "sleep 2000", { group: "g", org: "o", instance: 2 }),
  });

  expect(meta).toMatchObject({ tsm_id: 0, restarts: 1, generation: 2, command: "sleep 2000" });
  expect(meta).toMatchObject({ group: "g", org: "o", instance: 2 });
  expect(services.origin("web")).toBeUndefined();
  await expect(services.restart("web", { spec: specOf("other", COMMAND) })).rejects.toMatchObject({
    code: "INVALID_SERVICE",
  });
});

it("a run that was begun counts, though whoever began it wrote no more", async () => {
  const { services, pathOf } = temporaryServices();
  await services.start(specOf("web", COMMAND));
  const before = readFileSync(pathOf("web", "meta.json"), "utf8");
  await services.restart("web");
  writeFileSync(pathOf("web", "meta.json"), before); // as if the starter had died after the spawn

  expect(services.observe("web")).toMatchObject({
    status: "online",
    meta: { generation: 2, restarts: 1, desired: "online" },
  });
  expect((await services.stop("web")).outcome).toBe("ended");
});

it("runs that a power cut made forgotten are not taken for later ones of the same number", async () => {
  const { services, pathOf } = temporaryServices();
  await services.start(specOf("web", COMMAND));
  await services.stop("web");
  const journal = pathOf("web", "runs/journal");
  const another = readFileSync(journal, "utf8")
    .replaceAll(services.observe("web").meta.boot_id, "another-boot")
    .replaceAll('"generation":1', '"generation":2')
    .replaceAll('"event":"begun"', '"event":"lost"'); // of a line that was not flushed
  appendFileSync(journal, another);

  const { meta, observed } = await services.start(specOf("web", COMMAND));

  expect(meta.generation).toBe(2);
  expect(observed.state).toBe("online");
  expect(services.observe("web").observed.exit).toBeUndefined();
});

it("after a power cut numbers go on from the highest that any file knows", async () => {
  const { services, pathOf } = temporaryServices();
  await services.start(specOf("web", COMMAND));
  await services.stop("web");
  const path = pathOf("web", "meta.json");
  const meta: Record<string, unknown> = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...meta, boot_id: "another-boot" }));
  writeFileSync(pathOf("web", "supervision.json"), '{"generation":7,"countedGeneration":6}');

  expect((await services.start(specOf("web", COMMAND))).meta.generation).toBe(8);
});

it("a meta.json that a power cut left empty is no service: it was never acknowledged", async () => {
  const { services, pathOf } = temporaryServices();
  await services.start(specOf("web", COMMAND));
  await services.stop("web");
  writeFileSync(pathOf("web", "meta.json"), "\0\0\0");

  expect(() => services.observe("web")).toThrow(
    expect.objectContaining({ code: "SERVICE_NOT_FOUND" }),
  );
  expect((await services.start(specOf("web", COMMAND))).meta.tsm_id).toBe(0);
});
