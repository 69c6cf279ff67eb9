import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { processesOf } from "../tsm.ts";
import { copiesOf, lives, supervised, until } from "./supervised.ts";

const TEN = Array.from({ length: 10 }, (_, number) => number);

/** The pids of the daemons of a data root. */
function daemonsOf(root: string): readonly number[] {
  return processesOf(root).filter((pid) => {
    try {
      return /tetrad\.cjs\0run/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8")) && lives(pid);
    } catch {
      return false;
    }
  });
}

it("services outlive the daemon, and the next one knows them, the same pids once each", async () => {
  const box = supervised();
  for (const number of TEN.slice(0, 3)) {
    await box.ok(
      "start",
      "--name",
      "web",
      "--port",
      String(20_100 + number),
      "--restart",
      "always",
      "sleep",
      "7001",
    );
  }
  const before = copiesOf(box.root, "sleep", "7001");
  await box.startDaemon();
  await box.killDaemon();
  expect(copiesOf(box.root, "sleep", "7001")).toEqual(before);
  await box.startDaemon();
  const { services } = Object(await box.json("list"));

  expect(services.map(({ pid }: { pid: number }) => pid)).toEqual(before);
  expect(services).toMatchObject(TEN.slice(0, 3).map(() => ({ status: "online", restarts: 0 })));
  expect(copiesOf(box.root, "sleep", "7001")).toEqual(before);
});

it("the next daemon knows how a service ended while none lived, and starts again what should run", async () => {
  const box = supervised();
  await box.ok(
    "start",
    "--name",
    "kept",
    "--port",
    "20110",
    "--restart",
    "always",
    "sleep",
    "7002",
  );
  await box.ok("start", "--name", "ended", "--port", "20111", "sleep 7003; exit 3");
  await box.startDaemon();
  await box.killDaemon();
  const [kept = 0] = copiesOf(box.root, "sleep", "7002");
  const [ended = 0] = copiesOf(box.root, "sleep", "7003");
  process.kill(kept, "SIGKILL");
  process.kill(ended, "SIGTERM");
  await box.becomes("ended-20111", "crashed");
  await box.startDaemon();
  await until(() => copiesOf(box.root, "sleep", "7002").length === 1);
  const again = await box.becomes("kept-20110", "online");

  expect(again).toMatchObject({ restarts: 1, generation: 2 });
  expect(await box.info("ended-20111")).toMatchObject({ status: "crashed", exit_code: 3 });
  expect(box.events("ended")).toEqual([
    expect.objectContaining({ name: "ended-20111", code: 3, signal: null }),
    expect.objectContaining({ name: "kept-20110", code: null, signal: "SIGKILL" }),
  ]);
});

/** As a stop writes it before its first signal. */
function markStopped(meta: string): void {
  const read = JSON.parse(readFileSync(meta, "utf8"));
  writeFileSync(
    meta,
    JSON.stringify({ ...read, desired: "stopped", stopped_generation: read.generation }),
  );
}

it("a stop whose author was killed before the signal is finished by the daemon", async () => {
  const box = supervised();
  await box.startDaemon();
  await box.ok("start", "--name", "web", "--port", "20120", "--restart", "always", "sleep", "7006");
  markStopped(box.fileOf("web-20120", "meta.json"));
  process.kill(await box.daemonPid(), "SIGKILL"); // it has seen nothing: files are no notice
  await box.startDaemon();
  await until(() => copiesOf(box.root, "sleep", "7006").length === 0);
  await until(() => box.events("ended").length === 1);

  expect(await box.info("web-20120")).toMatchObject({ status: "stopped", exit_signal: "SIGTERM" });
});

it("an end is in the history though who stopped the service was killed before telling it", async () => {
  const box = supervised();
  await box.startDaemon();
  await box.ok("start", "--name", "web", "--port", "20121", "--restart", "always", "sleep", "7007");
  const { pid } = await box.info("web-20121");
  await box.killDaemon();
  markStopped(box.fileOf("web-20121", "meta.json"));
  process.kill(pid, "SIGTERM");
  await box.becomes("web-20121", "stopped");
  await box.startDaemon();
  await until(() => box.events("ended").length === 1 || "its end is not in the history");

  expect(box.events("ended")).toMatchObject([{ name: "web-20121", signal: "SIGTERM" }]);
});

it("a crash that is told twice, by somebody killed before writing it down, is one crash", async () => {
  const box = supervised({ TETRA_NO_DAEMON: "1" });
  await box.ok("start", "--name", "web", "--port", "20122", "sleep", "7008");
  process.kill((await box.info("web-20122")).pid, "SIGSEGV");
  await box.becomes("web-20122", "crashed");
  await box.ok("restart", "web-20122");
  const history = join(box.root, "tsm/runtime/history.ndjson");
  const lines = readFileSync(history, "utf8").split("\n");
  const twice = lines.flatMap((line) => (line.includes('"event":"ended"') ? [line, line] : [line]));
  writeFileSync(history, twice.join("\n"));

  const { uptime } = Object(await box.json("uptime", "web-20122"));
  expect(uptime).toMatchObject([{ runs: 2, crashes: 1 }]);
});

it("ten commands at once start one daemon, and none of them hangs", async () => {
  const box = supervised();
  const started = await Promise.all(
    TEN.map((number) =>
      box.tsm("start", "--name", `n${number}`, "--port", "none", "sleep", "7004"),
    ),
  );
  await until(async () => (await box.daemonPid()) > 0);

  expect(started.map(({ exitCode }) => exitCode)).toEqual(TEN.map(() => 0));
  expect(daemonsOf(box.root)).toEqual([await box.daemonPid()]);
  expect(box.events("daemon_started")).toHaveLength(1);
});

it("ten daemons at once are one daemon: nine find it and end, with those that wait for it content", async () => {
  const box = supervised();
  const started = await Promise.all(TEN.map(() => box.tetrad("start")));

  expect(started.map(({ exitCode }) => exitCode)).toEqual(TEN.map(() => 0));
  expect(daemonsOf(box.root)).toEqual([await box.daemonPid()]);
});

it("there are never two copies, whatever is started, restarted and killed at the same time", async () => {
  const box = supervised();
  const start = [
    "start",
    "--name",
    "one",
    "--port",
    "20112",
    "--restart",
    "always",
    "--backoff",
    "1ms,1ms",
  ];
  await box.startDaemon();
  const work = [
    ...TEN.slice(0, 4).map(() => () => box.tsm(...start, "sleep", "7005")),
    ...TEN.slice(0, 4).map(() => () => box.tsm("restart", "one-20112")),
    () => box.killDaemon().then(() => box.tetrad("start")),
    () => until(() => copiesOf(box.root, "sleep", "7005").length > 0).then(() => killed()),
  ];
  let most = 0;
  const watching = setInterval(() => {
    most = Math.max(most, copiesOf(box.root, "sleep", "7005").length);
  }, 5);
  await Promise.all(work.map((each) => each()));
  await until(async () => (await box.info("one-20112")).status === "online");
  clearInterval(watching);
  const { pid } = await box.info("one-20112");

  expect(copiesOf(box.root, "sleep", "7005")).toEqual([pid]);
  expect(most).toBe(1);

  function killed(): void {
    for (const copy of copiesOf(box.root, "sleep", "7005")) process.kill(copy, "SIGKILL");
  }
});
