import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import { copiesOf, lives, supervised, until } from "./supervised.ts";

/** A process that has nothing to do with any service. */
function stranger(): number {
  const child = spawn("sleep", ["7601"], { stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child.pid ?? 0;
}

/** The last line of the journal with this event. */
function noted(journal: string, event: string): Readonly<Record<string, unknown>> {
  const lines = readFileSync(journal, "utf8").split("\n");
  return JSON.parse(lines.findLast((line) => line.includes(`"event":"${event}"`)) ?? "{}");
}

it("a pid file that is trusted by nobody: what has the pid of a crashed service is not signalled", async () => {
  const box = supervised({ TETRA_NO_DAEMON: "1" });
  await box.ok("start", "--name", "web", "--port", "20700", "sleep", "7602");
  process.kill((await box.info("web-20700")).pid, "SIGKILL");
  await box.becomes("web-20700", "crashed");
  const pid = stranger();
  const meta = box.fileOf("web-20700", "meta.json");
  writeFileSync(box.fileOf("web-20700", "web-20700.pid"), `${pid}\n`);
  writeFileSync(
    meta,
    JSON.stringify({ ...JSON.parse(readFileSync(meta, "utf8")), pid, status: "online" }),
  );

  expect(await box.info("web-20700")).toMatchObject({ status: "crashed", pid: null });
  await box.tsm("stop", "web-20700");
  await box.ok("restart", "web-20700");
  await box.ok("delete", "web-20700");
  expect(lives(pid)).toBe(true);
});

it("a pid that was given again is told from the service by when it began", async () => {
  const box = supervised({ TETRA_NO_DAEMON: "1" });
  await box.ok("start", "--name", "web", "--port", "20701", "sleep", "7603");
  const journal = box.fileOf("web-20701", "runs/journal");
  const { pid: shim } = noted(journal, "shim");
  const before = await box.info("web-20701");
  process.kill(Number(shim), "SIGKILL");
  process.kill(before.pid, "SIGKILL");
  await box.becomes("web-20701", "crashed");
  const pid = stranger();
  const text = readFileSync(journal, "utf8");
  writeFileSync(journal, text.replaceAll(`"pid":${before.pid},`, `"pid":${pid},`));

  expect(await box.info("web-20701")).toMatchObject({ status: "crashed", pid: null });
  await box.tsm("stop", "web-20701");
  await box.ok("start", "web-20701");
  await box.ok("kill", "web-20701");
  expect(lives(pid)).toBe(true);
});

it("the late exit of an old process is not taken for the new one's", async () => {
  const box = supervised();
  await box.startDaemon();
  await box.ok("start", "--name", "web", "--port", "20702", "--restart", "always", "sleep", "7604");
  const journal = box.fileOf("web-20702", "runs/journal");
  const ended = { ...noted(journal, "started"), event: "ended", status: 1 };
  await box.ok("restart", "web-20702");
  const before = await box.info("web-20702");
  writeFileSync(journal, `${JSON.stringify(ended)}\n`, { flag: "a" });
  await box.tsm("start", "--name", "other", "--port", "20703", "sleep", "7605"); // the daemon has looked
  const after = await box.info("web-20702");

  expect(after).toMatchObject({ status: "online", pid: before.pid, generation: 2, restarts: 1 });
  expect(copiesOf(box.root, "sleep", "7604")).toEqual([before.pid]);
});

it("a service whose shim was killed lives on as one copy, and its end is noticed, with why its status is not known", async () => {
  const box = supervised();
  await box.startDaemon();
  const policy = ["--restart", "always", "--backoff", "1ms,1ms"];
  await box.ok("start", "--name", "kept", "--port", "20704", ...policy, "sleep", "7606");
  await box.ok("start", "--name", "once", "--port", "20705", "sleep", "7607");
  const shims = ["kept-20704", "once-20705"].map((name) =>
    Number(noted(box.fileOf(name, "runs/journal"), "shim")["pid"]),
  );
  for (const shim of shims) process.kill(shim, "SIGKILL");
  await until(() => shims.every((shim) => !lives(shim)));
  const [kept, once] = [await box.info("kept-20704"), await box.info("once-20705")];
  await box.killDaemon();
  await box.startDaemon();

  expect([kept, once]).toMatchObject([{ status: "online" }, { status: "online" }]);
  expect(copiesOf(box.root, "sleep", "7606")).toEqual([kept.pid]);
  const refused = await box.tsm("start", "--name", "kept", "--port", "20704", "sleep", "7606");
  expect(refused).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("already running"),
  });

  process.kill(kept.pid, "SIGTERM");
  process.kill(once.pid, "SIGTERM");
  await until(async () => (await box.info("kept-20704"))["restarts"] === 1);
  const reason = "its shim was killed, so nobody saw how it ended";
  await until(() => box.events("ended").length === 2);
  expect(box.events("ended")).toEqual(
    expect.arrayContaining(
      ["kept-20704", "once-20705"].map((name) =>
        expect.objectContaining({ name, code: null, signal: null, reason }),
      ),
    ),
  );
  expect(await box.info("once-20705")).toMatchObject({
    status: "crashed",
    exit_code: null,
    exit_signal: null,
    exit_reason: reason,
  });
  expect(copiesOf(box.root, "sleep", "7606")).toHaveLength(1);
});
