import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { expect, it, onTestFinished, vi } from "vitest";
import { type AdoptedProcess, isAlive, type Service, systemPlatform } from "../src/index.ts";
import { PATIENCE_MS, refusal, specOf, temporaryServices } from "./temporary-services.ts";

vi.setConfig({ testTimeout: PATIENCE_MS });

/** A process that no service manager started. */
interface Stray {
  readonly child: ChildProcess;
  readonly pid: number;
}

function stray(): Stray {
  const child = spawn("sleep", ["60"], { stdio: "ignore", detached: true });
  onTestFinished(() => void child.kill("SIGKILL"));
  if (child.pid === undefined) throw new Error("sleep did not start");
  return { child, pid: child.pid };
}

function processOf(
  { pid }: Pick<Stray, "pid">,
  more: Partial<AdoptedProcess> = {},
): AdoptedProcess {
  return { name: "web", pid, command: "sleep 60", cwd: "/", ...more };
}

async function end({ child }: Stray): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

const seen = ({ status, observed, meta }: Service): unknown => ({
  status,
  pid: observed.main?.pid,
  id: meta.tsm_id,
});

it("a process that somebody else started is known by its pid and its beginning", async () => {
  const { services, pathOf } = temporaryServices();
  const sleeper = stray();
  await services.start(specOf("other", ["sleep", "60"]));

  const { meta, isAlive: lives } = await services.adopt(
    processOf(sleeper, {
      port: 4171,
      org: "lab",
      about: { process_type: "bash", port_type: "tcp" },
    }),
  );

  expect(lives).toBe(true);
  expect(meta).toMatchObject({ tsm_id: 1, generation: 0, port: 4171, org: "lab" });
  expect(seen(services.observe("web"))).toEqual({ status: "online", pid: sleeper.pid, id: 1 });
  expect(JSON.parse(readFileSync(pathOf("web", "meta.json"), "utf8"))).toMatchObject({
    process_type: "bash",
    port_type: "tcp",
    pid: sleeper.pid,
  });
  await end(sleeper);
  expect(seen(services.observe("web"))).toEqual({ status: "crashed", pid: undefined, id: 1 });
});

it("one that was adopted is stopped as any other", async () => {
  const { services } = temporaryServices();
  const sleeper = stray();
  const ended = once(sleeper.child, "exit");
  await services.adopt(processOf(sleeper));

  expect(await services.stop("web")).toMatchObject({ outcome: "ended" });
  expect(await ended).toEqual([null, "SIGTERM"]);
});

it("a pid that nobody has is noted as a crash, and is nobody's later either", async () => {
  const { services } = temporaryServices();
  const gone = stray();
  await end(gone);

  expect(await services.adopt(processOf(gone))).toMatchObject({ isAlive: false });
  expect(services.observe("web")).toMatchObject({ status: "crashed" });
  expect(services.observe("web").meta.pid).toBeUndefined();
});

it("what runs is not replaced", async () => {
  const { services } = temporaryServices();
  await services.start(specOf("web", ["sleep", "60"]));
  const sleeper = stray();

  expect((await refusal(services.adopt(processOf(sleeper)))).code).toBe("ALREADY_RUNNING");
  expect((await refusal(services.adopt(processOf(sleeper, { name: "a/b" })))).code).toBe(
    "INVALID_SERVICE",
  );
  expect((await refusal(services.adopt(processOf({ pid: 1 })))).code).toBe("INVALID_SERVICE");
});

it("takes the place and the id of one of ours that has ended, and nothing else of it", async () => {
  const { services, pathOf } = temporaryServices();
  await services.start(specOf("first", ["sleep", "60"]));
  await services.start(specOf("web", ["sleep", "60"]));
  await services.stop("web");
  await services.remove("first");
  const sleeper = stray();

  await services.adopt(processOf(sleeper));

  expect(seen(services.observe("web"))).toEqual({ status: "online", pid: sleeper.pid, id: 1 });
  expect(existsSync(pathOf("web", "environment.json"))).toBe(false);
});

it("a status is noted when it is true", async () => {
  const { services, pathOf } = temporaryServices();
  const { observed } = await services.start(specOf("web", ["sleep", "60"]));

  expect(await services.claimStatus("web", "stopped")).toEqual({ isNoted: false, truth: "online" });
  expect(await services.claimStatus("web", "crashed")).toEqual({ isNoted: false, truth: "online" });
  expect(services.observe("web").status).toBe("online");
  expect(await services.claimStatus("web", "online")).toEqual({ isNoted: true, truth: "online" });
  expect(observed.main !== undefined && isAlive(systemPlatform(), observed.main)).toBe(true);

  await services.stop("web");
  expect(await services.claimStatus("web", "online")).toEqual({ isNoted: false, truth: "stopped" });
  expect(await services.claimStatus("web", "stopped")).toEqual({ isNoted: true, truth: "stopped" });
  expect(JSON.parse(readFileSync(pathOf("web", "meta.json"), "utf8")).status).toBe("stopped");
});

it("one that has crashed may be said to be stopped: nobody starts it again", async () => {
  const { services } = temporaryServices();
  const sleeper = stray();
  await services.adopt(processOf(sleeper));
  await end(sleeper);

  expect(await services.claimStatus("web", "crashed")).toMatchObject({ isNoted: true });
  expect(services.observe("web").meta.desired).toBe("online");
  expect(await services.claimStatus("web", "stopped")).toMatchObject({ isNoted: true });
  expect(services.observe("web")).toMatchObject({
    status: "stopped",
    meta: { desired: "stopped" },
  });
});

it("an id leads to who has it, and to nobody who had it", async () => {
  const { services } = temporaryServices();
  await services.start(specOf("first", ["sleep", "60"]));
  await services.start(specOf("web", ["sleep", "60"]));

  expect([services.nameOf(0), services.nameOf(1), services.nameOf(2)]).toEqual([
    "first",
    "web",
    undefined,
  ]);
  await services.remove("first", { timeoutMs: 0 });
  expect(services.nameOf(0)).toBeUndefined();
});

it("an id that was reserved is given to nobody else", async () => {
  const { services } = temporaryServices();

  expect(await services.reserveId()).toBe(0);
  expect((await services.start(specOf("web", ["sleep", "60"]))).meta.tsm_id).toBe(1);
  expect(await Promise.all([services.reserveId(), services.reserveId()])).toEqual([2, 3]);
});
