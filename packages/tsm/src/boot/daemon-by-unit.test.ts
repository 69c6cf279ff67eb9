import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { hasDaemon } from "../supervisor/daemon-process.ts";
import { type Daemon, runDaemon } from "../supervisor/run-daemon.ts";
import {
  type DaemonPlace,
  daemonState,
  startDaemonOrUnit,
  stopDaemonOrUnit,
} from "./daemon-by-unit.ts";
import { type BootHost, findDaemonUnit, installDaemon } from "./daemon-service.ts";

vi.setConfig({ testTimeout: 60_000 });
const USER = { scope: "user", flavour: "production" } as const;
const NO_PROGRAM = { tetradPath: "/nowhere/tetrad.cjs" };

/** A data root on a machine whose systemd runs the daemon in this process. */
function placeUnderSystemd(): DaemonPlace & { readonly asked: readonly string[] } {
  const tetraDir = realpathSync(mkdtempSync(join(tmpdir(), "tsm-unit-")));
  const asked: string[] = [];
  let daemon: Daemon | undefined;
  const answer = (stdout: string) => ({ status: 0, stdout, stderr: "" });
  const host: BootHost = {
    user: "ada",
    isRoot: false,
    init: { isSystemd: true, name: "systemd" },
    userUnits: join(tetraDir, "units/user"),
    systemUnits: join(tetraDir, "units/system"),
    async run(program, [scope = "", verb = ""]) {
      if (program !== "systemctl") return { status: 127, stdout: "", stderr: "" };
      switch (verb) {
        case "start":
          asked.push(`${scope} ${verb}`);
          daemon = await runDaemon({
            tetraDir,
            version: "1",
            isOnDemand: true,
            startEnabled: async () => {},
            say: () => {},
          });
          return answer("");
        case "stop":
          asked.push(`${scope} ${verb}`);
          await daemon?.stop();
          daemon = undefined;
          return answer("");
        case "is-active":
          return answer(daemon === undefined ? "inactive\n" : "active\n");
        case "is-enabled":
          return answer("enabled\n");
        default:
          return answer("");
      }
    },
  };
  onTestFinished(async () => {
    await daemon?.stop();
    rmSync(tetraDir, { recursive: true, force: true });
  });
  return { host, tetraDir, folder: join(tetraDir, "tsm"), asked };
}

const unitFor = (tetraDir: string) => ({
  ...USER,
  node: process.execPath,
  tetrad: "/opt/tetrad.cjs",
  tetraDir,
  path: "/usr/bin",
});

it("systemd starts and stops what has a unit, and is asked how that is", async () => {
  const place = placeUnderSystemd();
  await installDaemon(place.host, unitFor(place.tetraDir));

  expect(await startDaemonOrUnit(place, NO_PROGRAM)).toMatchObject({
    isNew: true,
    status: { tetra_dir: place.tetraDir },
  });
  expect(await startDaemonOrUnit(place, NO_PROGRAM)).toMatchObject({ isNew: false });
  expect((await daemonState(place)).unit).toMatchObject({
    unit: "tetra.service",
    active: "ACTIVE",
    enabled: "ENABLED",
  });
  expect(await stopDaemonOrUnit(place)).toEqual({ pid: process.pid });

  expect(hasDaemon(place.folder)).toBe(false);
  expect(await stopDaemonOrUnit(place)).toBeUndefined();
  expect(place.asked).toEqual(["--user start", "--user stop"]);
});

it("a unit of another data root, or where systemd does not run, is not ours", async () => {
  const { host, tetraDir } = placeUnderSystemd();
  await installDaemon(host, unitFor(`${tetraDir}/other`));
  expect(findDaemonUnit(host, tetraDir)).toBeUndefined();

  await installDaemon(host, unitFor(tetraDir));
  expect(findDaemonUnit(host, tetraDir)).toEqual(USER);
  const init = { isSystemd: false, name: "init" };
  expect(findDaemonUnit({ ...host, init }, tetraDir)).toBeUndefined();
});
