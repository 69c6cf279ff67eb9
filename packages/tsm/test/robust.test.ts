import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { openServices, systemClock } from "../src/index.ts";
import { copiesOf, runs } from "./marked-processes.ts";
import {
  PATIENCE_MS,
  refusal,
  specOf,
  temporaryFolder,
  temporaryServices,
} from "./temporary-services.ts";

vi.setConfig({ testTimeout: PATIENCE_MS });
const REQUIRED = process.env["TETRA_REQUIRE_TOOLS"] === "1";
const isRoot = process.getuid?.() === 0;
const lacks = (...command: readonly [string, ...string[]]): boolean =>
  !REQUIRED && spawnSync(command[0], command.slice(1)).status !== 0;
const FIXTURES = join(import.meta.dirname, "fixtures");
const COMMAND = "sleep 1000";

/** A file system of a few blocks, that goes away with the test. */
function tinyDisk(): string {
  const folder = temporaryFolder();
  const mount = ["-t", "tmpfs", "-o", "size=160k", "tmpfs", folder];
  expect(spawnSync("mount", mount).status).toBe(0);
  onTestFinished(() => void spawnSync("umount", ["-l", folder]));
  return folder;
}

function fill(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(join(folder, "filling"), Buffer.alloc(bavail * bsize));
}

it.skipIf(!REQUIRED && !isRoot)(
  "on a full disk a start says so and leaves nothing running, and works when there is room (needs root)",
  async () => {
    const disk = tinyDisk();
    const services = openServices({ folder: join(disk, "tsm") });
    await services.start(specOf("web", COMMAND));
    await services.stop("web");
    fill(disk);

    const error = await refusal(services.start(specOf("web", COMMAND)));
    const first = await refusal(services.start(specOf("other", COMMAND)));

    expect(["STORE_UNWRITABLE", "LOG_UNWRITABLE"]).toContain(error.code);
    expect(["STORE_UNWRITABLE", "LOG_UNWRITABLE"]).toContain(first.code);
    expect(copiesOf(join(disk, "tsm"), COMMAND)).toEqual([]);
    rmSync(join(disk, "filling"));
    expect((await services.start(specOf("web", COMMAND))).observed.state).toBe("online");
    expect((await services.start(specOf("other", COMMAND))).observed.state).toBe("online");
    await Promise.all([services.stop("web"), services.stop("other")]);
  },
);

it.skipIf(!REQUIRED && !isRoot)(
  "what ends while the disk is full is known as soon as there is room (needs root)",
  async () => {
    const disk = tinyDisk();
    const services = openServices({ folder: join(disk, "tsm") });
    const { observed } = await services.start(specOf("web", COMMAND));
    fill(disk);
    const journal = join(disk, "tsm/runtime/processes/web/runs/journal");
    // its last block is filled, too
    spawnSync("sh", ["-c", `cat /dev/zero >>'${journal}'`]);
    process.kill(observed.main?.pid ?? 0, "SIGKILL");
    await vi.waitFor(() => expect(runs(observed.main?.pid ?? 0)).toBe(false), 10_000);
    expect(services.observe("web").observed.state).toBe("stopping"); // its shim tries again

    rmSync(join(disk, "filling"));

    await vi.waitFor(
      () =>
        expect(services.observe("web").observed.exit).toEqual({ code: null, signal: "SIGKILL" }),
      20_000,
    );
  },
);

it.skipIf(!REQUIRED && !isRoot)(
  "on a full disk a stop ends the service and says what it could not write; a removal makes room (needs root)",
  async () => {
    const disk = tinyDisk();
    const services = openServices({ folder: join(disk, "tsm") });
    await services.start(specOf("web", COMMAND));
    await services.start(specOf("flood", COMMAND));
    fill(disk);
    // the last block of the history is filled, too
    spawnSync("sh", ["-c", `cat /dev/zero >>'${join(disk, "tsm/runtime/history.ndjson")}'`]);

    const error = await refusal(services.stop("web"));

    expect(error).toMatchObject({
      code: "STORE_UNWRITABLE",
      message: expect.stringMatching(/^web has ended, which could not be written down: ENOSPC/),
    });
    expect(services.observe("web").observed.main).toBeUndefined();
    expect(await services.remove("flood")).toBe(true);
    expect(copiesOf(join(disk, "tsm"), COMMAND)).toEqual([]);
    expect(services.names()).toEqual(["web"]);
    rmSync(join(disk, "filling"));
    expect((await services.stop("web")).outcome).toBe("was-down");
  },
);

it.skipIf(isRoot)("a folder that is not ours is named, and nothing is started", async () => {
  const { services, pathOf } = temporaryServices();
  await services.start(specOf("web", COMMAND));
  await services.stop("web");
  chmodSync(pathOf("web", "runs/journal"), 0o400);

  const error = await refusal(services.start(specOf("web", COMMAND)));

  expect(error.code).toBe("LOG_UNWRITABLE");
});

const CAN_UNSHARE = !lacks("unshare", "-m", "-p", "-f", "--mount-proc", "true");

it.skipIf(!CAN_UNSHARE)("without /proc nothing is done, and that is said (needs unshare)", () => {
  const folder = temporaryFolder();
  const actor = [join(FIXTURES, "actor.mjs"), folder, "start", "web"];
  const hidden = `mount -t tmpfs none /proc && exec "$@"`;

  const { stderr, status } = spawnSync(
    "unshare",
    ["-m", "sh", "-c", hidden, "sh", process.execPath, ...actor],
    { encoding: "utf8" },
  );

  expect(status).not.toBe(0);
  expect(stderr).toContain("UNSUPPORTED_PLATFORM");
  expect(existsSync(join(folder, "runtime"))).toBe(false);
});

it.skipIf(!CAN_UNSHARE)(
  "pids that are used again are not taken for the service (needs unshare)",
  () => {
    const folder = temporaryFolder();
    const actor = (...args: readonly string[]): string =>
      [process.execPath, join(FIXTURES, "actor.mjs"), folder, ...args].join(" ");
    // the service and its shim are killed, and others get their pids
    const script = `${actor("start", "web")} >/dev/null
    journal=${folder}/runtime/processes/web/runs/journal
    pids=$(sed -n 's/.*"pid":\\([0-9]*\\).*/\\1/p' "$journal")
    for pid in $pids; do kill -9 "$pid"; done
    for pid in $pids; do while kill -0 "$pid"; do /bin/true; done; done 2>/dev/null
    strangers=
    for pid in $pids; do
      echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid
      sleep 999 &
      strangers="$strangers $!"
    done
    echo "pids" $pids
    echo "strangers" $strangers
    ${actor("stop", "web")}
    for pid in $strangers; do kill -0 "$pid" && echo lives; done`;

    const { stdout } = spawnSync(
      "unshare",
      ["-m", "-p", "-f", "--mount-proc", "--kill-child", "sh", "-c", script],
      { encoding: "utf8" },
    );

    const [pids = "", strangers = "", outcome = "", ...alive] = stdout.trim().split("\n");
    expect(strangers.split(" ").slice(1)).toEqual(pids.split(" ").slice(1));
    expect(outcome).toContain('"was-down"');
    expect(alive).toEqual(["lives", "lives"]);
  },
);

it("a clock that was set back by a day changes nothing", async () => {
  const { folder, services } = temporaryServices();
  await services.start(specOf("web", COMMAND));
  const late = { ...systemClock, now: () => Date.now() - 86_400_000 };
  const back = openServices({ folder, clock: late });

  expect(back.observe("web").observed.state).toBe("online");
  expect((await back.restart("web")).meta.generation).toBe(2);
  expect((await back.stop("web", { timeoutMs: 5000 })).outcome).toBe("ended");
  expect(copiesOf(folder, COMMAND)).toEqual([]);
});

it("a daemon that left its family and erased its environment is reported by its port", async () => {
  const { services } = temporaryServices();
  const home = temporaryFolder();
  const serve = `const s = require("net").createServer().listen(0, "127.0.0.1", () =>
    require("fs").writeFileSync("${home}/port", String(s.address().port) + " " + process.pid))`;
  writeFileSync(join(home, "serve.cjs"), serve);
  // its parent is gone before anybody looks
  const script = `(env -i setsid "$1" "$2/serve.cjs" </dev/null >/dev/null 2>&1 &)
    while [ ! -s "$2/port" ]; do sleep 0.01; done; exec sleep 1000`;
  const command = ["sh", "-c", script, "sh", process.execPath, home];
  await services.start(specOf("web", command));
  await vi.waitFor(() => expect(existsSync(join(home, "port"))).toBe(true), 10_000);
  const [port = 0, pid = 0] = readFileSync(join(home, "port"), "utf8").split(" ").map(Number);
  onTestFinished(() => void process.kill(pid, "SIGKILL"));
  await services.restart("web", { spec: specOf("web", COMMAND, { port }) });

  const { portHolder, survivors } = await services.stop("web");

  expect(survivors).toEqual([]);
  expect(portHolder).toMatchObject({ pid, command: expect.stringContaining("serve.cjs") });
});

it("a program or folder that was deleted while it ran hinders neither stop nor list", async () => {
  const { services } = temporaryServices();
  const home = join(temporaryFolder(), "home");
  mkdirSync(home);
  const program = join(home, "program");
  writeFileSync(program, "#!/bin/sh\nwhile :; do sleep 0.05; done\n", { mode: 0o755 });
  await services.start(specOf("web", [program], { cwd: home }));
  rmSync(home, { recursive: true });

  expect(services.observe("web").observed.state).toBe("online");
  expect((await services.stop("web")).outcome).toBe("ended");
  expect((await refusal(services.restart("web"))).code).toBe("CWD_NOT_FOUND");
});

it("many services that start and stop at once keep their ids apart and leave nothing", async () => {
  const { folder, services } = temporaryServices();
  const names = Array.from({ length: 30 }, (_, index) => `web-${index}`);

  const started = await Promise.all(
    names.map(async (name) => services.start(specOf(name, COMMAND))),
  );

  const ids = started.map(({ meta }) => meta.tsm_id ?? -1).toSorted((a, b) => a - b);
  expect(ids).toEqual(names.map((_, index) => index));
  expect(copiesOf(folder, COMMAND)).toHaveLength(30);
  await Promise.all(names.map(async (name) => services.stop(name)));
  expect(copiesOf(folder, COMMAND)).toEqual([]);
});

it("reservations of the original tools are respected", async () => {
  const { folder, services } = temporaryServices();
  mkdirSync(join(folder, "runtime/processes/.reserved-0"), { recursive: true });
  mkdirSync(join(folder, "runtime/processes/.reserved-1"));

  expect((await services.start(specOf("web", COMMAND))).meta.tsm_id).toBe(2);
});
