import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import {
  type BootHost,
  controlDaemon,
  daemonLogCommand,
  daemonServiceStatus,
  installDaemon,
  uninstallDaemon,
  unitPath,
} from "./daemon-service.ts";
import type { DaemonUnit } from "./daemon-unit.ts";
import type { ProgramResult } from "./run-program.ts";

interface World extends BootHost {
  readonly folder: string;
  readonly calls: string[];
}

const FINE: ProgramResult = { status: 0, stdout: "", stderr: "" };
const NOBODY: ProgramResult = {
  status: 1,
  stdout: "",
  stderr: "Failed to connect to bus: No medium found\n",
};

/** A machine whose systemctl answers as it is told, by the first word that fits; `systemd-analyze` is missing. */
function world(
  answers: Readonly<Record<string, ProgramResult>> = {},
  more: Partial<BootHost> = {},
): World {
  const folder = mkdtempSync(join(tmpdir(), "tsm-boot-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const calls: string[] = [];
  return {
    folder,
    calls,
    user: "ada",
    isRoot: false,
    init: { isSystemd: true, name: "systemd" },
    userUnits: join(folder, "user"),
    systemUnits: join(folder, "system"),
    async run(program, args) {
      if (program !== "systemctl") return { ...FINE, status: 127 };
      calls.push(args.join(" "));
      return answers[args.find((word) => answers[word] !== undefined) ?? ""] ?? FINE;
    },
    ...more,
  };
}

const USER = { scope: "user", flavour: "production" } as const;

const unit = (more: Partial<DaemonUnit> = {}): DaemonUnit => ({
  ...USER,
  node: process.execPath,
  tetrad: import.meta.filename,
  tetraDir: "/srv/tetra",
  path: "/bin",
  ...more,
});

it("installing writes the unit and has systemd read it; again changes nothing", async () => {
  const host = world();

  const first = await installDaemon(host, unit());
  const second = await installDaemon(host, unit());

  expect(first).toEqual({ paths: [unitPath(host, USER)], isNew: true, check: "unchecked" });
  expect(second.isNew).toBe(false);
  expect(readFileSync(unitPath(host, USER), "utf8")).toMatch(
    /^ExecStart="[^ ]*" "--[^ ]*" .*" "run"$/m,
  );
  expect(host.calls.filter((call) => call === "--user daemon-reload")).toHaveLength(1);
});

it("the development daemon has a unit of its own beside it", async () => {
  const host = world();
  await installDaemon(host, unit());
  await installDaemon(host, unit({ flavour: "dev", tetraDir: "/srv/dev" }));

  expect(readdirSync(host.userUnits).toSorted()).toEqual(["tetra-dev.service", "tetra.service"]);
});

it("the machine's unit is for root to write and for all to read", async () => {
  const system = unit({ scope: "system", user: "ada" });
  const host = world({}, { isRoot: true });

  const [path = ""] = (await installDaemon(host, system)).paths;

  expect(statSync(path).mode & 0o777).toBe(0o644);
  expect(readFileSync(path, "utf8")).toMatch(/^User=ada$/m);
  await expect(installDaemon(world(), system)).rejects.toThrow(
    expect.objectContaining({ code: "ROOT_NEEDED" }),
  );
});

it("without a manager to speak to, nothing is written and the way out is told", async () => {
  const host = world({ "is-system-running": NOBODY });

  await expect(installDaemon(host, unit())).rejects.toThrow(
    expect.objectContaining({
      code: "NO_MANAGER",
      hint: expect.stringContaining("enable-linger ada"),
    }),
  );
  expect(readdirSync(host.folder)).toEqual([]);
});

it.each([
  ["launchd", "LaunchAgent"],
  ["runit", "exec tetrad run"],
  ["tini", "tsm startup"],
])("another init system, %s, is refused with what to do there", async (name, hint) => {
  const host = world({}, { init: { isSystemd: false, name } });

  await expect(installDaemon(host, unit())).rejects.toThrow(
    expect.objectContaining({
      code: "INIT_UNSUPPORTED",
      message: expect.stringContaining(name),
      hint: expect.stringContaining(hint),
    }),
  );
});

it("uninstalling stops and disables it first", async () => {
  const host = world();
  const [path = ""] = (await installDaemon(host, unit())).paths;

  await uninstallDaemon(host, USER);

  expect(host.calls).toContain("--user disable --now tetra.service");
  expect(statSync(path, { throwIfNoEntry: false })).toBeUndefined();
  await expect(uninstallDaemon(host, USER)).rejects.toThrow(
    expect.objectContaining({ code: "UNIT_NOT_INSTALLED" }),
  );
});

it("what systemctl refuses is told with its words", async () => {
  const refused = { status: 1, stdout: "", stderr: "Unit tetra.service is masked.\n" };
  const host = world({ enable: refused });
  await installDaemon(host, unit());

  await expect(controlDaemon(host, USER, "enable")).rejects.toThrow(
    expect.objectContaining({
      code: "SYSTEMCTL_FAILED",
      message: expect.stringContaining("is masked"),
    }),
  );
});

it("status says what the original says", async () => {
  const host = world({
    "is-active": { ...FINE, stdout: "active\n" },
    "is-enabled": { status: 1, stdout: "disabled\n", stderr: "" },
  });

  expect(await daemonServiceStatus(host, USER)).toMatchObject({
    unit: "tetra.service",
    isInstalled: false,
    active: "ACTIVE",
    enabled: "DISABLED",
  });
});

it("logs are the journal's", async () => {
  const host = world();
  await installDaemon(host, unit());

  expect(daemonLogCommand(host, USER, { lines: 50, follow: true })).toEqual(
    "journalctl --user-unit tetra.service --lines 50 --no-pager --follow".split(" "),
  );
});
