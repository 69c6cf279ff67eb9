import { makeFolders, nodeFileSystem, writeFileAtomic } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { checkUnits, type UnitFile } from "./check-unit.ts";
import {
  DAEMON_FLAVOURS,
  type DaemonFlavour,
  type DaemonUnit,
  daemonUnitName,
  daemonUnitText,
  isUnitOf,
  type UnitScope,
} from "./daemon-unit.ts";
import type { BootErrorCode } from "./errors.ts";
import { type InitSystem, isUnreachable, requireSystemd, unreachable } from "./init-system.ts";
import { isMissing, type ProgramResult, type ProgramRunner } from "./run-program.ts";

/** Who asks for the daemon's unit, and where units are. */
export interface BootHost {
  readonly run: ProgramRunner;
  readonly init: InitSystem;
  /** The user's name. */
  readonly user: string;
  readonly isRoot: boolean;
  /** Where the user's own units are: `~/.config/systemd/user`. */
  readonly userUnits: string;
  /** Where the machine's are. Default: `/etc/systemd/system`. */
  readonly systemUnits?: string;
}

/** Which of the daemon's units. */
export interface WhichUnit {
  readonly scope: UnitScope;
  readonly flavour: DaemonFlavour;
}

/** How the unit is, in the words that the original prints. */
export interface DaemonServiceStatus {
  readonly scope: UnitScope;
  readonly unit: string;
  readonly path: string;
  readonly isInstalled: boolean;
  readonly active: "ACTIVE" | "INACTIVE";
  readonly enabled: "ENABLED" | "DISABLED";
}

/** What systemctl is asked to do with the installed unit. */
export type UnitAction = "enable" | "disable" | "start" | "stop" | "restart";

/** What installing came to. */
export interface Installed {
  readonly paths: readonly string[];
  /** `false`: the same was there already. */
  readonly isNew: boolean;
  /** `unchecked`: there is no `systemd-analyze` here. */
  readonly check: "checked" | "unchecked";
}

/** Where the unit is, or would be. */
export function unitPath(host: BootHost, { scope, flavour }: WhichUnit): string {
  return join(unitFolder(host, scope), daemonUnitName(flavour));
}

function unitFolder(host: BootHost, scope: UnitScope): string {
  const { userUnits, systemUnits = "/etc/systemd/system" } = host;
  return scope === "user" ? userUnits : systemUnits;
}

/** Units to install, and private files that they name. */
export interface UnitsToInstall {
  readonly scope: UnitScope;
  readonly units: readonly UnitFile[];
  readonly secrets?: readonly { readonly path: string; readonly text: string }[];
}

/**
 * Writes the daemon's unit, after systemd has checked it, and has systemd read it.
 * @throws TetraError `INIT_UNSUPPORTED`, `NO_MANAGER`, `ROOT_NEEDED`, `UNIT_TEXT`, `UNIT_REFUSED`,
 *   `SYSTEMCTL_FAILED`
 */
export function installDaemon(host: BootHost, unit: DaemonUnit): Promise<Installed> {
  const name = daemonUnitName(unit.flavour);
  return installUnits(host, { scope: unit.scope, units: [{ name, text: daemonUnitText(unit) }] });
}

/**
 * Writes units, after systemd has checked them together, and has systemd read them.
 * @throws TetraError `INIT_UNSUPPORTED`, `NO_MANAGER`, `ROOT_NEEDED`, `UNIT_REFUSED`, `SYSTEMCTL_FAILED`
 */
export async function installUnits(
  host: BootHost,
  { scope, units, secrets = [] }: UnitsToInstall,
): Promise<Installed> {
  const fs = nodeFileSystem();
  await requireManager(host, scope);
  const check = await checkUnits(host.run, scope, units);
  for (const { path, text } of secrets) {
    makeFolders(fs, dirname(path), { durable: true });
    writeFileAtomic(fs, path, new TextEncoder().encode(text), { durable: true });
  }
  const folder = unitFolder(host, scope);
  const files = units.map(({ name, text }) => ({ path: join(folder, name), text }));
  const different = files.filter(({ path, text }) => textAt(path) !== text);
  for (const { path, text } of different) {
    makeFolders(fs, folder, { durable: true });
    writeFileAtomic(fs, path, new TextEncoder().encode(text), { durable: true });
    if (scope === "system") fs.setMode(path, 0o644); // as all units there; they hold no secrets
  }
  if (different.length > 0) await systemctl(host, scope, ["daemon-reload"]);
  return { paths: files.map(({ path }) => path), isNew: different.length > 0, check };
}

/**
 * Stops and disables the unit and removes it. Services live on.
 * @throws TetraError `UNIT_NOT_INSTALLED`, `INIT_UNSUPPORTED`, `NO_MANAGER`, `ROOT_NEEDED`, `SYSTEMCTL_FAILED`
 */
export async function uninstallDaemon(host: BootHost, which: WhichUnit): Promise<void> {
  await requireManager(host, which.scope);
  requireInstalled(host, which);
  await systemctl(host, which.scope, ["disable", "--now", daemonUnitName(which.flavour)]);
  rmSync(unitPath(host, which));
  await systemctl(host, which.scope, ["daemon-reload"]);
}

/**
 * Has systemd do something with the installed unit.
 * @throws TetraError `UNIT_NOT_INSTALLED`, `INIT_UNSUPPORTED`, `NO_MANAGER`, `ROOT_NEEDED`, `SYSTEMCTL_FAILED`
 */
export async function controlDaemon(
  host: BootHost,
  which: WhichUnit,
  action: UnitAction,
): Promise<void> {
  await requireManager(host, which.scope);
  requireInstalled(host, which);
  await systemctl(host, which.scope, [action, daemonUnitName(which.flavour)]);
}

/** How the unit is. Where systemd cannot be asked it is `INACTIVE` and, unless a link says otherwise, `DISABLED`. */
export async function daemonServiceStatus(
  host: BootHost,
  which: WhichUnit,
): Promise<DaemonServiceStatus> {
  const unit = daemonUnitName(which.flavour);
  const ask = async (question: string): Promise<string> =>
    host.init.isSystemd
      ? (await host.run("systemctl", [`--${which.scope}`, question, unit])).stdout.trim()
      : "";
  const [active, enabled] = [await ask("is-active"), await ask("is-enabled")];
  const path = unitPath(host, which);
  return {
    scope: which.scope,
    unit,
    path,
    isInstalled: textAt(path) !== undefined,
    active: active === "active" ? "ACTIVE" : "INACTIVE",
    enabled: enabled.startsWith("enabled") ? "ENABLED" : "DISABLED",
  };
}

/** The installed unit for a data root; `undefined`: there is none, or systemd does not run here. */
export function findDaemonUnit(host: BootHost, tetraDir: string): WhichUnit | undefined {
  if (!host.init.isSystemd) return undefined;
  return (["user", "system"] as const)
    .flatMap((scope) => DAEMON_FLAVOURS.map((flavour) => ({ scope, flavour })))
    .find((which) => isUnitOf(textAt(unitPath(host, which)) ?? "", tetraDir));
}

/** The program and its arguments that show the unit's log. @throws TetraError `INIT_UNSUPPORTED`, `UNIT_NOT_INSTALLED` */
export function daemonLogCommand(
  host: BootHost,
  which: WhichUnit,
  { lines, follow }: { readonly lines: number; readonly follow: boolean },
): readonly string[] {
  requireSystemd(host.init);
  requireInstalled(host, which);
  const unit = daemonUnitName(which.flavour);
  const of = which.scope === "user" ? ["--user-unit", unit] : ["--unit", unit];
  return [
    "journalctl",
    ...of,
    "--lines",
    String(lines),
    "--no-pager",
    ...(follow ? ["--follow"] : []),
  ];
}

function requireInstalled(host: BootHost, which: WhichUnit): void {
  const path = unitPath(host, which);
  if (textAt(path) !== undefined) return;
  throw new TetraError<BootErrorCode>("UNIT_NOT_INSTALLED", `there is no ${path}`, {
    hint: "run tsm daemon install first",
    details: { path },
  });
}

/** @throws TetraError `INIT_UNSUPPORTED`, `ROOT_NEEDED`, `NO_MANAGER` */
async function requireManager(host: BootHost, scope: UnitScope): Promise<void> {
  requireSystemd(host.init);
  if (scope === "system" && !host.isRoot) {
    throw new TetraError<BootErrorCode>(
      "ROOT_NEEDED",
      "only root may change units of the machine",
      {
        hint: "use sudo, or leave out --system for a unit of your own",
      },
    );
  }
  const { stdout, stderr } = await host.run("systemctl", [`--${scope}`, "is-system-running"]);
  if (isUnreachable(stdout + stderr)) throw unreachable(scope, host.user);
}

/** @throws TetraError `SYSTEMCTL_FAILED`, `NO_MANAGER` */
async function systemctl(
  host: BootHost,
  scope: UnitScope,
  args: readonly string[],
): Promise<ProgramResult> {
  const result = await host.run("systemctl", [`--${scope}`, ...args]);
  if (result.status === 0) return result;
  const output = `${result.stdout}${result.stderr}`.trim();
  if (isUnreachable(output)) throw unreachable(scope, host.user);
  const why = isMissing(result) ? "there is no systemctl" : (output.split("\n")[0] ?? "");
  throw new TetraError<BootErrorCode>("SYSTEMCTL_FAILED", `systemctl ${args.join(" ")}: ${why}`, {
    hint: `see systemctl --${scope} status`,
    details: { output, status: result.status },
  });
}

function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // not there, or not ours to read: both are told as not installed
    return undefined;
  }
}
