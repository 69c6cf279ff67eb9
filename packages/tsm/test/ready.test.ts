import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import type { ServiceCare } from "../src/index.ts";
import {
  PATIENCE_MS,
  refusal,
  specOf,
  temporaryFolder,
  temporaryServices,
} from "./temporary-services.ts";

vi.setConfig({ testTimeout: PATIENCE_MS });

const readyWith = (file: string, readyTimeoutMs = 30_000): { readonly care: ServiceCare } => ({
  care: { ready: { type: "command", command: ["test", "-e", file] }, readyTimeoutMs },
});

it("a start waits until the service is ready; until then it is starting", async () => {
  const { services } = temporaryServices();
  const file = join(temporaryFolder(), "ready");

  const started = services.start(specOf("web", "sleep 60", readyWith(file)));
  await vi.waitFor(() => expect(services.observe("web").observed.main).toBeDefined(), 10_000);
  expect(services.observe("web")).toMatchObject({ status: "starting" });
  writeFileSync(file, "");

  expect(await started).toMatchObject({ observed: { state: "online" }, meta: { generation: 1 } });
  expect(services.observe("web")).toMatchObject({
    status: "online",
    meta: { ready_generation: 1 },
  });
});

it("one that does not get ready in time is left running, and says why", async () => {
  const { services, folder } = temporaryServices();
  const file = join(temporaryFolder(), "never");
  const command = ["sh", "-c", "echo not yet >&2; exec sleep 60"];

  const error = await refusal(services.start(specOf("web", command, readyWith(file, 300))));

  expect(error).toMatchObject({ code: "NOT_READY", details: { stderr: ["not yet"] } });
  expect(error.message).toContain("no answer within 300 ms: exit status 1");
  expect(services.observe("web")).toMatchObject({
    status: "starting",
    meta: { desired: "online" },
  });
  expect(readFileSync(join(folder, "runtime/history.ndjson"), "utf8")).toContain("not_ready");

  expect(await services.noteReady("web", 2)).toBe(false); // of another run
  expect(await services.noteReady("web", 1)).toBe(true); // the daemon goes on asking
  expect(services.observe("web").status).toBe("online");
});

it("a run is asked anew whether it is ready", async () => {
  const { services } = temporaryServices();
  const file = join(temporaryFolder(), "ready");
  writeFileSync(file, "");
  const { observed } = await services.start(specOf("web", "sleep 60", readyWith(file)));
  process.kill(observed.main?.pid ?? 0, "SIGKILL");
  await vi.waitFor(() => expect(services.observe("web").status).toBe("crashed"), 10_000);

  await services.revive("web", 1);

  expect(services.observe("web")).toMatchObject({ status: "starting", meta: { generation: 2 } });
});

it.each([
  ["ends", 'while [ ! -e "$1" ]; do sleep 0.01; done; exit 3', "it ended: exit status 3"],
  ["is stopped", "while :; do sleep 0.01; done", "it was stopped meanwhile"],
])("one that %s before it is ready is not waited for", async (_what, script, why) => {
  const { services } = temporaryServices();
  const home = temporaryFolder();
  const command = ["sh", "-c", script, "sh", join(home, "go")];

  const started = refusal(services.start(specOf("web", command, readyWith(join(home, "never")))));
  await vi.waitFor(() => expect(services.observe("web").observed.main).toBeDefined(), 10_000);
  await vi.waitFor(() => expect(services.observe("web").meta.status).toBe("online"), 10_000);
  if (why.includes("stopped")) await services.stop("web");
  writeFileSync(join(home, "go"), "");

  expect(await started).toMatchObject({
    code: "NOT_READY",
    message: expect.stringContaining(why),
  });
});

it("whoever breaks the wait off is answered at once; the service goes on and can get ready", async () => {
  const { services } = temporaryServices();
  const home = temporaryFolder();
  // a probe that answers too late for any test: neither it nor the time for it is waited for
  const ready = { type: "command", command: ["sleep", "5000"] } as const;
  const care = { ready, readyTimeoutMs: 3_600_000 };
  const enough = new AbortController();

  const started = refusal(
    services.start(specOf("web", ["sleep", "60"], { cwd: home, care }), {
      waitSignal: enough.signal,
    }),
  );
  await vi.waitFor(() => expect(services.observe("web").meta.status).toBe("online"), 10_000);
  enough.abort();

  expect(await started).toMatchObject({
    code: "NOT_READY",
    message: expect.stringContaining("not waited for any longer"),
  });
  expect(services.observe("web")).toMatchObject({
    status: "starting",
    meta: { desired: "online", generation: 1 },
  });
  expect(await services.noteReady("web", 1)).toBe(true);
});
