import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, it, vi } from "vitest";
import { isAlive, type ProcessId, systemPlatform } from "../src/index.ts";
import {
  PATIENCE_MS,
  refusal,
  specOf,
  type Temporary,
  temporaryServices,
} from "./temporary-services.ts";

vi.setConfig({ testTimeout: PATIENCE_MS });

const platform = systemPlatform();
const GARBAGE = "{ garbage";

/** A service `web` that runs, and its process. */
interface Running extends Temporary {
  readonly main: ProcessId;
  readonly meta: string;
}

async function running(): Promise<Running> {
  const temporary = temporaryServices();
  const { observed } = await temporary.services.start(specOf("web", ["sleep", "60"]));
  if (observed.main === undefined) throw new Error("it does not run");
  return { ...temporary, main: observed.main, meta: temporary.pathOf("web", "meta.json") };
}

it("is stopped by its journal, and what a person may correct is left as it is", async () => {
  const { services, meta, main } = await running();
  const before = readFileSync(meta, "utf8");
  writeFileSync(meta, GARBAGE);

  expect(await services.stop("web")).toMatchObject({ outcome: "ended", survivors: [] });

  expect(isAlive(platform, main)).toBe(false);
  expect(readFileSync(meta, "utf8")).toBe(GARBAGE);
  writeFileSync(meta, before);
  expect(services.observe("web")).toMatchObject({
    status: "stopped",
    meta: { desired: "stopped", generation: 1 },
  });
});

it("once it is corrected it is started and restarted as any other", async () => {
  const { services, meta } = await running();
  const before = readFileSync(meta, "utf8");
  writeFileSync(meta, GARBAGE);
  await services.stop("web");
  writeFileSync(meta, before);

  await services.restart("web");
  expect(services.observe("web").status).toBe("online");
  await services.stop("web");

  expect(services.observe("web")).toMatchObject({ status: "stopped", meta: { generation: 2 } });
});

it("is wanted again as soon as its file says so, whatever was told to the run before", async () => {
  const { services, meta } = await running();
  const before: unknown = JSON.parse(readFileSync(meta, "utf8"));
  writeFileSync(meta, GARBAGE);
  await services.stop("web");

  writeFileSync(meta, JSON.stringify({ ...Object(before), stopped_generation: 1 }));

  expect(services.observe("web").meta.desired).toBe("online");
});

it("the history tells of its end and of who stopped it, once", async () => {
  const { services, meta, folder } = await running();
  const before = readFileSync(meta, "utf8");
  writeFileSync(meta, GARBAGE);
  await services.stop("web", { by: "ada" });
  writeFileSync(meta, before);
  await services.noteEnd("web", 1);

  const lines = readFileSync(`${folder}/runtime/history.ndjson`, "utf8").trim().split("\n");
  expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
    { event: "started", name: "web", id: 0 },
    { event: "ended", name: "web", id: 0, generation: 1, state: "stopped" },
    { event: "stopped", name: "web", id: 0, generation: 1, by: "ada" },
  ]);
});

it("says how to go on, and that there is nothing to stop", async () => {
  const { services, meta } = await running();
  writeFileSync(meta, GARBAGE);
  await services.stop("web");

  const refused = await refusal(services.stop("web"));

  expect(refused.code).toBe("INVALID_META");
  expect(refused.hint).toContain("tsm stop web");
  expect(refused.hint).toContain("tsm delete web");
});

it("is removed with what runs", async () => {
  const { services, meta, main } = await running();
  writeFileSync(meta, GARBAGE);

  expect(await services.remove("web", { timeoutMs: 0 })).toBe(true);

  expect(isAlive(platform, main)).toBe(false);
  expect(existsSync(dirname(meta))).toBe(false);
});

it("is not removed by who only cleans up", async () => {
  const { services, meta, main } = await running();
  writeFileSync(meta, GARBAGE);

  expect((await refusal(services.remove("web", { onlyIfOver: 1 }))).code).toBe("INVALID_META");

  expect(isAlive(platform, main)).toBe(true);
});

it("is not removed while a process may be another tool's that has its pid", async () => {
  const { services, meta, main, pathOf } = await running();
  writeFileSync(meta, GARBAGE);
  const journal = readFileSync(pathOf("web", "runs/journal"));
  rmSync(pathOf("web", "runs/journal"));

  expect((await refusal(services.remove("web"))).code).toBe("INVALID_META");

  expect(isAlive(platform, main)).toBe(true);
  writeFileSync(pathOf("web", "runs/journal"), journal);
  await services.stop("web");
});

it.each([
  ["emptied", (meta: string) => writeFileSync(meta, "")],
  ["removed", (meta: string) => rmSync(meta)],
])("one whose meta.json was %s is not started twice, and can be stopped", async (_, lose) => {
  const { services, meta, main } = await running();
  lose(meta);

  expect((await refusal(services.start(specOf("web", ["sleep", "60"])))).code).toBe(
    "ALREADY_RUNNING",
  );
  expect(await services.stop("web", { timeoutMs: 0 })).toMatchObject({ outcome: "killed" });

  expect(isAlive(platform, main)).toBe(false);
  expect((await refusal(services.stop("web"))).code).toBe("SERVICE_NOT_FOUND");
  expect(await services.start(specOf("web", ["sleep", "60"]))).toMatchObject({
    meta: { generation: 2 },
  });
});
