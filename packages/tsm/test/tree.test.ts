import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { runs } from "./marked-processes.ts";
import { PATIENCE_MS, specOf, temporaryFolder, temporaryServices } from "./temporary-services.ts";

vi.setConfig({ testTimeout: PATIENCE_MS });
const FIXTURES = join(import.meta.dirname, "fixtures");
const KINDS = ["wrapper", "stubborn", "session", "twice", "bare"] as const;

const pidOf = (home: string, kind: string): number =>
  Number(readFileSync(join(home, kind), "utf8"));

it("stop ends children, wrapper, setsid, double fork, and what erased its environment", async () => {
  const { services } = temporaryServices();
  const home = temporaryFolder();
  await services.start(specOf("web", [join(FIXTURES, "detaching.sh"), home]));
  await vi.waitFor(
    () => expect(KINDS.every((kind) => existsSync(join(home, kind)))).toBe(true),
    10_000,
  );
  const pids = KINDS.map((kind) => pidOf(home, kind));
  expect(pids.every(runs)).toBe(true);

  const stopped = await services.stop("web", { timeoutMs: 300 });

  expect(stopped).toMatchObject({ outcome: "killed", survivors: [] }); // one of them ignores SIGTERM
  expect(pids.filter(runs)).toEqual([]);
});

it("what lives on after its command died hinders a start, and a stop ends it", async () => {
  const { services } = temporaryServices();
  const home = temporaryFolder();
  const script = `setsid sleep 1000 & echo $! >"$1/child"; wait`;
  const { observed } = await services.start(specOf("web", ["sh", "-c", script, "sh", home]));
  await vi.waitFor(() => expect(existsSync(join(home, "child"))).toBe(true), 10_000);
  process.kill(observed.main?.pid ?? 0, "SIGKILL");
  await vi.waitFor(() => expect(services.observe("web").observed.state).toBe("crashed"), 10_000);
  const child = pidOf(home, "child");

  await expect(services.start(specOf("web", "sleep 60"))).rejects.toMatchObject({
    code: "LEFTOVERS",
    details: { processes: [{ pid: child, command: "sleep 1000" }] },
  });
  expect(await services.stop("web")).toMatchObject({ outcome: "ended", survivors: [] });
  expect(runs(child)).toBe(false);
});

it("what a stopping tree starts meanwhile is ended too", async () => {
  const { services } = temporaryServices();
  const home = temporaryFolder();
  const late = `setsid sh -c 'echo $$ >"$1/late"; while :; do sleep 0.05; done' sh "$1" &`;
  const script = `late() { trap '' TERM; ${late}
      while [ ! -s "$1/late" ]; do sleep 0.01; done; exit; }
    trap 'late "$1"' TERM
    while :; do sleep 0.05; done`;
  await services.start(specOf("web", ["sh", "-c", script, "sh", home]));

  const { outcome } = await services.stop("web", { timeoutMs: 500 });

  expect(outcome).toBe("killed");
  expect(runs(pidOf(home, "late"))).toBe(false);
});

it("processes that never stop forking are ended", async () => {
  const { services } = temporaryServices();
  const script = `trap '' TERM; f() { sleep 0.02; f & f; }; f & wait; sleep 1000`;
  await services.start(specOf("bomb", ["sh", "-c", `ulimit -u 4000; ${script}`]));

  expect(await services.stop("bomb", { timeoutMs: 0 })).toMatchObject({ survivors: [] });
});

it("a service that was started from within another is not its child", async () => {
  const { services, folder } = temporaryServices();
  const actor = [process.execPath, join(FIXTURES, "actor.mjs"), folder, "start", "inner"];
  const script = `"$@" & exec sleep 1000`;
  await services.start(specOf("outer", ["sh", "-c", script, "sh", ...actor]));
  await vi.waitFor(() => expect(services.observe("inner").observed.state).toBe("online"), 20_000);

  await services.stop("outer");

  expect(services.observe("inner").observed.state).toBe("online");
});

it("a stopped process hears of it", async () => {
  const { services } = temporaryServices();
  const { observed } = await services.start(specOf("web", "sleep 1000"));
  process.kill(observed.main?.pid ?? 0, "SIGSTOP");

  expect(await services.stop("web")).toMatchObject({
    outcome: "ended",
    exit: { signal: "SIGTERM" },
  });
});

it.each(["SIGINT", "SIGQUIT", "SIGUSR1"] as const)(
  "%s may be what asks it to end",
  async (signal) => {
    const { services } = temporaryServices();
    await services.start(specOf("web", "sleep 1000", { stopSignal: signal }));

    expect(await services.stop("web")).toMatchObject({ outcome: "ended", exit: { signal } });
  },
);
