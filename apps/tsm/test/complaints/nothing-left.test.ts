import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { freePort, processesOf } from "../tsm.ts";
import { lives, supervised, until } from "./supervised.ts";

/** The pid that a program wrote into a file of the working folder. */
async function pidIn(work: string, file: string): Promise<number> {
  const read = (): number => Number(readFileSync(join(work, file), "utf8"));
  await until(() => {
    try {
      return read() > 0;
    } catch {
      return false;
    }
  });
  return read();
}

it("stop leaves nothing of wrappers like npm, of children in other sessions, and of double forks", async () => {
  const box = supervised();
  writeFileSync(
    join(box.work, "package.json"),
    JSON.stringify({ name: "app", scripts: { dev: "sh children.sh" } }),
  );
  writeFileSync(
    join(box.work, "children.sh"),
    `sleep 7101 & echo $! >child
     setsid sleep 7102 & echo $! >session
     (setsid sh -c 'sleep 7103 & echo $! >forked' &) >/dev/null
     trap '' HUP TERM; (sleep 7104; echo) & echo $! >deaf
     wait; wait; wait; sleep 7105\n`,
  );
  await box.ok(
    "start",
    "--name",
    "app",
    "--port",
    "20200",
    "--stop-timeout",
    "500ms",
    "npm run dev",
  );
  const files = ["child", "session", "forked", "deaf"];
  const pids = await Promise.all(files.map((file) => pidIn(box.work, file)));
  expect(pids.map(lives)).toEqual([true, true, true, true]);
  await box.startDaemon();
  await box.ok("stop", "app-20200");

  expect(pids.map(lives)).toEqual([false, false, false, false]);
  await box.tetrad("stop");
  expect(processesOf(box.root)).toEqual([]);
});

it("a survivor that erased its environment is named at the stop and at the restart, and not signalled", async () => {
  const box = supervised();
  const port = await freePort();
  // it leaves the family, with neither parent, session nor environment of it
  writeFileSync(
    join(box.work, "serve.cjs"),
    `require("node:net").createServer().listen(${port}, "127.0.0.1", () =>
       require("node:fs").writeFileSync("survivor", String(process.pid)));`,
  );
  writeFileSync(
    join(box.work, "lose.sh"),
    `(env -i setsid "${process.execPath}" serve.cjs >/dev/null 2>&1 &)
     while [ ! -s survivor ]; do sleep 0.05; done
     exec sleep 7106\n`,
  );
  writeFileSync(
    join(box.work, "again.sh"),
    `if [ -s survivor ]; then exec "${process.execPath}" serve.cjs; fi\n. ./lose.sh\n`,
  );
  await box.ok("start", "--name", "lost", "--port", String(port), "sh", "again.sh");
  const survivor = await pidIn(box.work, "survivor");
  try {
    const stopped = await box.tsm("stop", `lost-${port}`);
    const restarted = await box.tsm("restart", `lost-${port}`);

    const holder = `PID ${survivor} (${process.execPath} serve.cjs)`;
    expect(stopped.stderr).toContain(
      `tsm: the port of 'lost-${port}' is still held by ${holder}\n`,
    );
    expect(restarted.exitCode).toBe(1);
    expect(restarted.stderr).toContain(`🔴 Port ${port} is already in use!\n`);
    expect(restarted.stderr).toContain(`PID ${survivor}\n`);
    expect(lives(survivor)).toBe(true);
  } finally {
    process.kill(survivor, "SIGKILL");
  }
});

it("before a crashed service is started again, the port is freed of what the last run left on it", async () => {
  const box = supervised();
  const port = await freePort();
  writeFileSync(
    join(box.work, "serve.cjs"),
    `require("node:net").createServer().listen(${port}, "127.0.0.1", () =>
       require("node:fs").writeFileSync("server", String(process.pid)));`,
  );
  writeFileSync(
    join(box.work, "wrapper.sh"),
    `setsid "${process.execPath}" serve.cjs & echo $$ >wrapper; wait\n`,
  );
  await box.startDaemon();
  const options = [
    "--name",
    "web",
    "--port",
    String(port),
    "--restart",
    "always",
    "--backoff",
    "1ms",
  ];
  await box.ok("start", ...options, "sh", "wrapper.sh");
  const first = await pidIn(box.work, "server");
  process.kill(await pidIn(box.work, "wrapper"), "SIGKILL");
  await until(async () => (await pidIn(box.work, "server")) !== first);
  const second = await pidIn(box.work, "server");

  expect([lives(first), lives(second)]).toEqual([false, true]);
  expect(await box.becomes(`web-${port}`, "online")).toMatchObject({ restarts: 1 });
  expect(box.events("leftovers_ended")).toHaveLength(1);
});
