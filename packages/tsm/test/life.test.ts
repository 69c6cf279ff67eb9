import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { once } from "node:events";
import { expect, it, onTestFinished, vi } from "vitest";
import { cpuPercent } from "../src/index.ts";
import {
  PATIENCE_MS,
  refusal,
  specOf,
  temporaryFolder,
  temporaryServices,
} from "./temporary-services.ts";

vi.setConfig({ testTimeout: PATIENCE_MS });
const NODE = process.execPath;

it("a service that was started runs, with its id, pid and files, private to the user", async () => {
  const { services, pathOf } = temporaryServices();

  const { meta, observed } = await services.start(specOf("web", "sleep 60"));

  expect(observed).toMatchObject({ state: "online", shimLost: false });
  expect(meta).toMatchObject({ tsm_id: 0, name: "web", status: "online", restarts: 0 });
  expect(readFileSync(pathOf("web", "web.pid"), "utf8")).toBe(`${observed.main?.pid}\n`);
  expect(JSON.parse(readFileSync(pathOf("web", "meta.json"), "utf8"))).toMatchObject({
    pid: observed.main?.pid,
    port: "none",
    command: "sleep 60",
  });
  expect(statSync(pathOf("web", ".")).mode & 0o777).toBe(0o700);
  for (const file of ["meta.json", "environment.json", "current.out", "runs/journal"]) {
    expect(statSync(pathOf("web", file)).mode & 0o777).toBe(0o600);
  }
});

it("stop ends it, says so, and it may be started again under its id", async () => {
  const { services, pathOf } = temporaryServices();
  await services.start(specOf("web", "sleep 60"));

  expect(await services.stop("web")).toMatchObject({
    outcome: "ended",
    exit: { code: null, signal: "SIGTERM" },
    survivors: [],
  });
  expect(services.observe("web").observed.state).toBe("stopped");
  expect(existsSync(pathOf("web", "web.pid"))).toBe(false);
  expect((await refusal(services.stop("web"))).code).toBe("NOT_RUNNING");

  const { meta } = await services.start(specOf("web", "sleep 61"));
  expect(meta).toMatchObject({ tsm_id: 0, generation: 2, command: "sleep 61" });
});

it("restart keeps the id and counts", async () => {
  const { services } = temporaryServices();
  const first = await services.start(specOf("web", "sleep 60"));
  await services.start(specOf("api", "sleep 60"));

  const { meta, observed } = await services.restart("web");

  expect(meta).toMatchObject({ tsm_id: 0, restarts: 1 });
  expect(observed.main?.pid).not.toBe(first.observed.main?.pid);
  expect((await services.restart("web")).meta.restarts).toBe(2);
});

it("an id that is free again is the next to be given", async () => {
  const { services } = temporaryServices();
  await services.start(specOf("a", "sleep 60"));
  await services.start(specOf("b", "sleep 60"));
  await services.remove("a");

  expect(services.names()).toEqual(["b"]);
  expect((await services.start(specOf("c", "sleep 60"))).meta.tsm_id).toBe(0);
  expect((await services.start(specOf("d", "sleep 60"))).meta.tsm_id).toBe(2);
});

it("what was seen to have ended is not removed when it was started meanwhile", async () => {
  const { services } = temporaryServices();
  await services.start(specOf("web", "sleep 60"));
  expect(await services.remove("web", { onlyIfOver: 1 })).toBe(false); // it runs
  await services.stop("web");
  await services.start(specOf("web", "sleep 60"));

  expect(await services.remove("web", { onlyIfOver: 1 })).toBe(false); // there was another run since
  expect(services.observe("web").status).toBe("online");
  await services.stop("web");
  expect(await services.remove("web", { onlyIfOver: 1 })).toBe(false);
  expect(await services.remove("web", { onlyIfOver: 2 })).toBe(true);
  expect(services.names()).toEqual([]);
});

it("what runs already is not started again", async () => {
  const { services } = temporaryServices();
  const { observed } = await services.start(specOf("web", "sleep 60"));

  const error = await refusal(services.start(specOf("web", "sleep 60")));

  expect(error.code).toBe("ALREADY_RUNNING");
  expect(error.details).toMatchObject({ id: 0, pid: observed.main?.pid });
});

it.each([
  ["exit status 3", "echo one >&2; echo two >&2; exit 3", { code: 3, signal: null }],
  [
    "killed by SIGKILL",
    "echo one >&2; echo two >&2; kill -9 $$",
    { code: null, signal: "SIGKILL" },
  ],
  ["exit status 0", "echo one >&2; echo two >&2; exit 0", { code: 0, signal: null }],
])("a start that fails says why: %s", async (why, script, exit) => {
  const { services } = temporaryServices();

  const error = await refusal(services.start(specOf("web", ["sh", "-c", script])));

  expect(error).toMatchObject({ code: "START_FAILED", details: { exit, stderr: ["one", "two"] } });
  expect(error.message).toContain(why);
  expect(services.observe("web").observed.exit).toEqual(exit);
  expect(services.observe("web").meta.desired).toBe("stopped");
});

it("only the lines of the failed run are told", async () => {
  const { services } = temporaryServices();
  await refusal(services.start(specOf("web", ["sh", "-c", "echo old >&2; exit 1"])));

  const { details } = await refusal(
    services.start(specOf("web", ["sh", "-c", "echo new >&2; exit 1"])),
  );

  expect(details).toMatchObject({ stderr: ["new"] });
});

it("a port conflict names the holder", async () => {
  const { services } = temporaryServices();
  const holder = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void holder.close());
  await once(holder, "listening");
  const address = holder.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const serve = `require("net").createServer().listen(${port}, "127.0.0.1")`;

  const error = await refusal(services.start(specOf("web", [NODE, "-e", serve], { port })));

  expect(error).toMatchObject({ code: "PORT_IN_USE", details: { holder: { pid: process.pid } } });
  expect(error.message).toContain(`pid ${process.pid} (`);
});

it("a service that opens its port is waited for", async () => {
  const { services } = temporaryServices();
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  probe.close();
  await once(probe, "close");
  const serve = `setTimeout(() => require("net").createServer().listen(${port}, "127.0.0.1"), 100)`;

  const started = await services.start(specOf("web", [NODE, "-e", serve], { port }));

  expect(started).toMatchObject({ isListening: true, actualPort: port, portHolder: undefined });
  expect((await services.stop("web")).portHolder).toBeUndefined();
});

it("one that listens on another port than it said is told, and registered with both", async () => {
  const { services, folder } = temporaryServices();
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  const other = typeof address === "object" ? (address?.port ?? 0) : 0;
  probe.close();
  await once(probe, "close");
  // as npm does: who listens is a child
  const serve = `exec "$0" -e 'require("net").createServer().listen(${other}, "127.0.0.1")'; exit`;
  const command = ["sh", "-c", `(${serve}) & wait`, NODE];

  const started = await services.start(specOf("web", command, { port: 1 }));

  expect(started).toMatchObject({ isListening: false, actualPort: other, portHolder: undefined });
  const registry = readFileSync(join(folder, "runtime/ports/registry.tsv"), "utf8");
  expect(registry).toContain(`0\tweb\t1\t${other}\t${started.meta.pid}\t`);
});

it("what ends later is known: crashed with its status, stopped when it is a success", async () => {
  const { services } = temporaryServices();
  const home = temporaryFolder();
  const script = `while [ ! -e "$1" ]; do sleep 0.01; done; exit "$2"`;
  const run = (name: string, status: string): ReturnType<typeof services.start> =>
    services.start(specOf(name, ["sh", "-c", script, "sh", join(home, "go"), status]));
  await run("bad", "7");
  await run("good", "0");

  writeFileSync(join(home, "go"), "");

  await vi.waitFor(() => expect(services.observe("bad").observed.state).toBe("crashed"), 10_000);
  expect(services.observe("bad").observed.exit).toEqual({ code: 7, signal: null });
  await vi.waitFor(() => expect(services.observe("good").observed.state).toBe("stopped"), 10_000);
  const { startedAtMs = 0, endedAtMs = 0 } = services.observe("bad").observed;
  expect(endedAtMs).toBeGreaterThanOrEqual(startedAtMs);
});

it("the end is told to who watches", async () => {
  const { services } = temporaryServices();
  const { observed } = await services.start(specOf("web", "sleep 60"));
  const told = new Promise<void>((resolve) => {
    const end = services.watch("web", () => {
      if (services.observe("web").observed.exit === undefined) return;
      end();
      resolve();
    });
  });

  process.kill(observed.main?.pid ?? 0, "SIGKILL");

  await told;
  expect(services.observe("web").observed.exit).toEqual({ code: null, signal: "SIGKILL" });
});

it("usage is that of the whole tree", async () => {
  const { services } = temporaryServices();
  await services.start(specOf("busy", ["sh", "-c", "(while :; do :; done) & sleep 60"]));

  const before = services.usage("busy");
  await vi.waitFor(
    () => expect(services.usage("busy")?.cpuMs).toBeGreaterThan((before?.cpuMs ?? 0) + 50),
    10_000,
  );
  const after = services.usage("busy");

  expect(after?.processes).toBe(3);
  expect(after?.memoryBytes).toBeGreaterThan(100_000);
  expect(before && after && cpuPercent(before, after)).toBeGreaterThan(1);
});

it.each([
  ["the folder is gone", { cwd: "/nonexistent/folder" }, "CWD_NOT_FOUND"],
  ["the program is gone", { command: ["/nonexistent/program"] }, "COMMAND_NOT_FOUND"],
  ["the program is not on the PATH", { command: ["no-such-program"] }, "COMMAND_NOT_FOUND"],
  ["the name is a path", { name: "../up" }, "INVALID_SERVICE"],
  ["the name begins like an option", { name: "-x" }, "INVALID_SERVICE"],
  ["the command is empty", { command: " " }, "INVALID_SERVICE"],
  ["the folder is relative", { cwd: "here" }, "INVALID_SERVICE"],
  ["a text has a NUL", { command: ["sleep", "1\0"] }, "INVALID_SERVICE"],
  ["the port is none", { port: 70_000 }, "INVALID_SERVICE"],
])("nothing is made when %s", async (_what, wrong, code) => {
  const { services, folder } = temporaryServices();

  const error = await refusal(services.start({ ...specOf("web", "sleep 60"), ...wrong }));

  expect(error.code).toBe(code);
  expect(existsSync(join(folder, "runtime"))).toBe(false);
});

it("a folder or program that goes away later is told at the restart, and it stays wanted", async () => {
  const { services } = temporaryServices();
  const home = temporaryFolder();
  const cwd = join(home, "cwd");
  mkdirSync(cwd);
  const program = join(home, "program");
  writeFileSync(program, "#!/bin/sh\nsleep 60\n");
  chmodSync(program, 0o755);
  await services.start(specOf("web", [program], { cwd }));

  rmSync(cwd, { recursive: true });
  expect((await refusal(services.restart("web"))).code).toBe("CWD_NOT_FOUND");
  mkdirSync(cwd);
  rmSync(program);
  expect((await refusal(services.restart("web"))).code).toBe("COMMAND_NOT_FOUND");
});

it("a log that cannot be written is named before anything is started", async () => {
  const { services, pathOf } = temporaryServices();
  mkdirSync(pathOf("web", "current.err"), { recursive: true });

  const error = await refusal(services.start(specOf("web", "sleep 60")));

  expect(error).toMatchObject({
    code: "LOG_UNWRITABLE",
    details: { path: pathOf("web", "current.err") },
  });
  expect(services.observe("web").observed.main).toBeUndefined();
});

it.each([
  "with blank",
  "quote'\"`",
  "$HOME $(id)",
  "semi;colon&|<>",
  "back\\slash",
  "übel-😀",
  "a*b?[c]",
  "#%{}~!",
  "x".repeat(200),
])("any name that can be a folder's works: %s", async (name) => {
  const { services } = temporaryServices();

  await services.start(specOf(name, "sleep 60"));

  expect(services.names()).toEqual([name]);
  expect(services.observe(name).observed.state).toBe("online");
  expect((await services.stop(name)).outcome).toBe("ended");
});

it("a cron expression that means nothing is refused before anything is made, and keeps what runs", async () => {
  const { services } = temporaryServices();
  const care = { cron: "61 * * * *" };

  expect(await refusal(services.start(specOf("late", "sleep 60", { care })))).toMatchObject({
    code: "INVALID_CRON",
    message: expect.stringMatching(/^late: /),
  });
  expect(services.names()).toEqual([]);

  await services.start(specOf("web", "sleep 60"));
  const spec = specOf("web", "sleep 60", { care });
  expect((await refusal(services.restart("web", { spec }))).code).toBe("INVALID_CRON");
  expect(services.observe("web").status).toBe("online");
});
