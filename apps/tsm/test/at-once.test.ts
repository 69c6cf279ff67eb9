import { expect, it } from "vitest";
import { processesOf, sandbox } from "./tsm.ts";

const AT_ONCE = Array.from({ length: 20 }, (_, number) => number);

it("starts one of one name, and refuses the others clearly, when 20 are started at once", async () => {
  const box = sandbox();
  const started = await Promise.all(
    AT_ONCE.map(() => box.tsm("start", "--port", "4567", "--name", "same", "sleep", "infinity")),
  );

  const refused = started.filter(({ exitCode }) => exitCode !== 0);
  expect(refused).toHaveLength(19);
  for (const { exitCode, stdout, stderr } of refused) {
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(/^❌ Process 'same-4567' already running\n/);
  }
  const { services } = Object(await box.json("list", "all"));
  expect(services).toMatchObject([
    { name: "same-4567", tsm_id: 0, status: "online", generation: 1 },
  ]);
  expect(processesOf(box.root)).toHaveLength(2); // the service and its shim
});

it("starts 20 of different names at once, each with its id", async () => {
  const box = sandbox();
  const started = await Promise.all(
    AT_ONCE.map((number) =>
      box.tsm("start", "--port", "none", "--name", `n${number}`, "sleep", "infinity"),
    ),
  );

  expect(started.filter(({ exitCode }) => exitCode !== 0)).toEqual([]);
  const { services } = Object(await box.json("list", "--sort", "id"));
  expect(services.map(({ tsm_id: id }: { tsm_id: number }) => id)).toEqual(AT_ONCE);
  expect(new Set(services.map(({ pid }: { pid: number }) => pid)).size).toBe(20);
  expect(await box.ok("stop", "*")).toMatch(/\ntsm: stopped 20 process\(es\)\n$/);
  expect(processesOf(box.root)).toEqual([]);
});
