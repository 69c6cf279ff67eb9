import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { type Supervised, supervised, until } from "./supervised.ts";

/** Edits a file until the service is restarted for it: the watch may begin later. @returns how often it was */
async function edited(box: Supervised, name: string, file: string): Promise<number> {
  let times = 0;
  await until(async () => {
    appendFileSync(join(box.work, file), "more");
    await sleep(500);
    times = Number((await box.info(name))["restarts"]);
    return times > 0 || `${name} is not restarted`;
  });
  return times;
}

/** Waits until a service has printed so many lines more. */
async function printedMore(box: Supervised, name: string, lines: number): Promise<void> {
  const out = join(box.root, "tsm/runtime/processes", name, "current.out");
  const count = (): number => readFileSync(out, "utf8").split("\n").length;
  const wanted = count() + lines;
  await until(() => count() >= wanted || `${name} has printed ${count()} of ${wanted} lines`);
}

it("a watch does not restart a service for its own logs, but does for its files", async () => {
  const box = supervised();
  writeFileSync(join(box.work, "app.js"), "one");
  // Tetra's own folder, with all logs, lies in what is watched
  const chatter = "while :; do echo out; echo err >&2; echo own >>own.log; sleep 0.4; done";
  await box.ok("start", "--name", "chatty", "--port", "20600", "--watch-path", box.root, chatter);
  await box.startDaemon();
  const before = await box.info("chatty-20600");
  await printedMore(box, "chatty-20600", 6);
  expect((await box.info("chatty-20600")).pid).toBe(before.pid);
  expect(await edited(box, "chatty-20600", "app.js")).toBe(1);
});

it("a link in the watched folder that leads to its logs does not restart it either", async () => {
  const box = supervised();
  symlinkSync(join(box.root, "tsm/runtime/processes"), join(box.work, "logs"));
  await box.ok(
    "start",
    "--name",
    "linked",
    "--port",
    "20603",
    "--watch",
    "while :; do echo out; sleep 0.4; done",
  );
  await box.startDaemon();
  const before = await box.info("linked-20603");
  await printedMore(box, "linked-20603", 10);

  expect((await box.info("linked-20603")).pid).toBe(before.pid);
});

it("an edit restarts a service also while other files change all the time", async () => {
  const box = supervised();
  writeFileSync(join(box.work, "app.js"), "one");
  await box.ok(
    "start",
    "--name",
    "busy",
    "--port",
    "20604",
    "--watch",
    "while :; do date +%N >data; sleep 0.1; done",
  );
  await box.startDaemon();

  expect(await edited(box, "busy-20604", "app.js")).toBeGreaterThan(0);
});

it("a service that writes into its own watched folder is not restarted for ever, and that is said", async () => {
  const box = supervised();
  await box.ok(
    "start",
    "--name",
    "own",
    "--port",
    "20601",
    "--watch",
    "while :; do date +%N >state.json; echo written; sleep 0.3; done",
  );
  await box.startDaemon();
  const said = /own-20601: restarts by itself through .*state\.json, which is ignored/;
  const log = join(box.root, "tsm/runtime/daemon/tetrad.log");
  await until(() => said.test(readFileSync(log, "utf8")));
  const { restarts } = await box.info("own-20601");
  await printedMore(box, "own-20601", 6);

  expect(restarts).toBeLessThanOrEqual(5);
  expect((await box.info("own-20601"))["restarts"]).toBe(restarts);
});

it("the memory limit is that of the whole tree: a child that takes too much restarts the service", async () => {
  const box = supervised();
  const taking = `const taken = Buffer.alloc(150e6, 1); setInterval(() => taken[0]++, 1000)`;
  writeFileSync(join(box.work, "take.cjs"), taking);
  const wrapper = `[ -e once ] && exec sleep 7501; : >once; "${process.execPath}" take.cjs & wait`;
  await box.ok("start", "--name", "big", "--port", "20602", "--max-memory", "120M", wrapper);
  await box.startDaemon();
  await until(async () => (await box.info("big-20602"))["restarts"] === 1);

  const [limit] = box.events("memory_limit");
  expect(limit).toMatchObject({ name: "big-20602", limit_bytes: 120 * 1024 ** 2 });
  expect(Number(limit?.["bytes"])).toBeGreaterThan(150e6);
  expect(box.events("restarted")).toMatchObject([{ name: "big-20602", reason: "memory" }]);
});

const canLimit = spawnSync("unshare", ["-Ur", "true"]).status === 0;

it.skipIf(!canLimit)(
  "when the kernel has no watches left the daemon lives, looks by itself, and says so (where users may unshare)",
  async () => {
    const box = supervised();
    const { stdout } = await box.shell(
      `unshare -Ur sh -c '
         echo 0 >/proc/sys/user/max_inotify_watches
         "$NODE" "$TSM" start --name web --port 20605 --watch --restart always --backoff 1ms,1ms sleep 7502
         for _ in $(seq 100); do "$NODE" "$TSM" daemon status && break; sleep 0.1; done
         kill -9 $(cat "$TETRA_DIR"/tsm/runtime/processes/web-20605/web-20605.pid)
         for _ in $(seq 100); do "$NODE" "$TSM" info --json web-20605 | grep -q "restarts.:.*1" && break; sleep 0.1; done
         "$NODE" "$TSM" daemon status'`,
    );

    expect(stdout).toMatch(/warning: web-20605: not all of its files .*ENOSPC.*max_user_watches/);
    expect(await box.info("web-20605")).toMatchObject({ status: "online", restarts: 1 });
    expect(box.events("watch_failed")).toMatchObject([{ name: "web-20605" }]);
  },
);
