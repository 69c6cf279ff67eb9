import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { processesOf, PROGRAM } from "../tsm.ts";
import { copiesOf, lives, type Supervised, supervised, until } from "./supervised.ts";

const ANOTHER_BOOT = "00000000-0000-4000-8000-000000000000";

/** Everything ends at once, and what is written is of a boot that is over. */
async function reboot({ root }: Supervised): Promise<void> {
  // first stopped, so that no shim can note what happened to its command
  for (const signal of ["SIGSTOP", "SIGKILL"]) {
    for (const pid of processesOf(root)) process.kill(pid, signal);
  }
  await until(() => processesOf(root).every((pid) => !lives(pid)));
  const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  for (const path of filesBelow(join(root, "tsm/runtime"))) {
    const text = readFileSync(path, "latin1");
    if (text.includes(bootId)) {
      writeFileSync(path, text.replaceAll(bootId, ANOTHER_BOOT), "latin1");
    }
  }
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

function define({ root, work }: Supervised, name: string, more: string): void {
  const text = `TSM_NAME=${name}\nTSM_ENV=none\nTSM_CWD="${work}"\n${more}`;
  writeFileSync(join(root, `tsm/services-available/${name}.tsm`), text, { mode: 0o700 });
}

it("what is enabled comes back after a reboot, in order, and what ran; what was stopped does not", async () => {
  const box = supervised();
  await box.ok("setup");
  define(box, "db", `TSM_COMMAND="sleep 7201"\nTSM_READY="test -e ready"\n`);
  define(box, "app", `TSM_COMMAND="sleep 7202"\nTSM_DEPS=(db)\n`);
  await box.ok("enable", "app", "db");
  await box.ok("start", "--name", "ran", "--port", "20300", "--restart", "always", "sleep", "7203");
  await box.ok(
    "start",
    "--name",
    "stopped",
    "--port",
    "20301",
    "--restart",
    "always",
    "sleep",
    "7204",
  );
  await box.ok("stop", "stopped-20301");
  await box.startDaemon();
  await reboot(box);
  writeFileSync(join(box.work, "ready"), "");
  await box.startDaemon();
  await until(() => box.events("started").length === 4);
  const ran = await box.becomes("ran-20300", "online");

  expect(copiesOf(box.root, "sleep", "7201")).toHaveLength(1);
  expect(copiesOf(box.root, "sleep", "7202")).toHaveLength(1);
  expect(copiesOf(box.root, "sleep", "7204")).toEqual([]);
  expect(ran).toMatchObject({ restarts: 1 });
  expect(copiesOf(box.root, "sleep", "7203")).toEqual([ran.pid]);
  expect(await box.info("stopped-20301")).toMatchObject({ status: "stopped" });
  const begun = box.events("started").map(({ name }) => String(name).replace(/-\d+$/, ""));
  expect(begun.slice(2)).toEqual(["db", "app"]);
  expect(box.events("ended").find(({ name }) => name === "ran-20300")).toMatchObject({
    code: null,
    signal: null,
    reason: "the machine was restarted while it ran",
  });
});

it("pids of before the reboot are nobody's: whoever has them now is neither counted nor signalled", async () => {
  const box = supervised({ TETRA_NO_DAEMON: "1" });
  await box.ok("start", "--name", "web", "--port", "20302", "sleep", "7205");
  const { pid } = await box.info("web-20302");
  const meta = box.fileOf("web-20302", "meta.json");
  const bootId = String(JSON.parse(readFileSync(meta, "utf8"))["boot_id"]);
  for (const path of filesBelow(join(box.root, "tsm/runtime"))) {
    writeFileSync(path, readFileSync(path, "latin1").replaceAll(bootId, ANOTHER_BOOT), "latin1");
  }

  expect(await box.info("web-20302")).toMatchObject({ status: "crashed", pid: null });
  await box.tsm("stop", "web-20302");
  expect(lives(pid)).toBe(true);
});

it("what should run is saved at every change, with what was saved before", async () => {
  const box = supervised();
  const saved = (more = ""): readonly string[] =>
    JSON.parse(
      readFileSync(join(box.root, `tsm/runtime/daemon/saved.json${more}`), "utf8"),
    ).services.map(({ name }: { name: string }) => name);
  await box.startDaemon();
  await box.ok("start", "--name", "a", "--port", "20303", "sleep", "7206");
  await until(() => saved().length === 1);
  await box.ok("start", "--name", "b", "--port", "20304", "sleep", "7206");
  await until(() => saved().length === 2);
  await box.ok("stop", "a-20303");
  await until(() => saved().length === 1);

  expect(saved()).toEqual(["b-20304"]);
  expect(saved(".previous")).toEqual(["a-20303", "b-20304"]);
});

const canUnshare = spawnSync("unshare", ["-m", "true"]).status === 0;

it.skipIf(!canUnshare)(
  "the doctor says whether it all would come back: unit, node's path, user and linger (where root may unshare mounts)",
  async () => {
    const box = supervised();
    const config = join(box.root, "config");
    const units = join(config, "systemd/user");
    mkdirSync(units, { recursive: true });
    box.env["XDG_CONFIG_HOME"] = config;
    await box.ok("start", "--name", "web", "--port", "20305", "sleep", "7207");
    const doctor = async (): Promise<string> => {
      // a machine with systemd, as far as can be seen, of our own
      const { stdout } = await box.shell(
        `unshare -m sh -c 'mount -t tmpfs none /run && mkdir -p /run/systemd/system && mount -t tmpfs none /etc/systemd &&
           mkdir -p /etc/systemd/system && { [ -z "$UNIT" ] || cp "$UNIT" /etc/systemd/system/tetra.service; } &&
           exec "$NODE" "$TSM" doctor'`,
      );
      return stdout;
    };
    const unit = (node: string, more = ""): string =>
      `[Service]\nExecStart="${node}" "${PROGRAM}" "run"\nEnvironment="TETRA_DIR=${box.root}"\n${more}`;

    expect(await doctor()).toMatch(/no unit starts the daemon .*; 1 services would stay down/);
    writeFileSync(join(units, "tetra.service"), unit("/gone/bin/node"));
    const broken = await doctor();
    expect(broken).toContain("runs /gone/bin/node, which is not there any more");
    expect(broken).toContain("is not enabled: it does not start at boot");
    expect(broken).toMatch(/does not linger: it starts only when they log in/);
    const system = join(box.root, "system.service");
    writeFileSync(system, unit(process.execPath, "User=somebody\n"));
    box.env["UNIT"] = system;
    expect(await doctor()).toContain("runs as somebody, and you are ");
  },
);
