import { existsSync, readFileSync } from "node:fs";
import { isSystemError } from "@tetra/durable-fs";
import { join } from "node:path/posix";
import {
  DAEMON_FLAVOURS,
  daemonUnitName,
  executedBy,
  type UnitScope,
} from "../boot/daemon-unit.ts";
import { layoutOf } from "../files/layout.ts";
import { isLocked } from "../files/service-lock.ts";
import type { DoctorWorld } from "./doctor-world.ts";
import { type Finding, findingsOf } from "./finding.ts";

const boot = findingsOf("boot");

/** A unit of the daemon that is installed. */
export interface UnitFacts {
  readonly name: string;
  readonly path: string;
  readonly scope: UnitScope;
  readonly isEnabled: boolean;
  /** What it runs: node, the daemon's program. */
  readonly runs: readonly { readonly path: string; readonly isThere: boolean }[];
  /** The `TETRA_DIR` that it is for. */
  readonly tetraDir: string | undefined;
  /** The user it runs as; absent for the user's own. */
  readonly user: string | undefined;
}

/** What is known about coming back after a reboot. */
export interface BootFacts {
  /** Whether this machine has systemd. */
  readonly hasSystemd: boolean;
  readonly tetraDir: string;
  readonly user: string;
  /** Whether the user's systemd runs without them being logged in. */
  readonly lingers: boolean;
  readonly units: readonly UnitFacts[];
  /** How many services should run. */
  readonly wanted: number;
  /** Whether the daemon runs now. */
  readonly isDaemonAlive: boolean;
}

/** Where to look; tests say other places. */
export interface BootPlaces {
  readonly systemUnits: string;
  readonly userUnits: string;
  readonly linger: string;
  readonly systemd: string;
}

/** Where these things are on a machine. */
export function bootPlaces({
  user,
  environment,
}: Pick<DoctorWorld, "user" | "environment">): BootPlaces {
  const config = environment["XDG_CONFIG_HOME"] ?? join(user.home, ".config");
  return {
    systemUnits: "/etc/systemd/system",
    userUnits: join(config, "systemd/user"),
    linger: join("/var/lib/systemd/linger", user.name),
    systemd: "/run/systemd/system",
  };
}

/** Looks at the units of the daemon. */
export function lookAtBoot(world: DoctorWorld, places: BootPlaces, wanted: number): BootFacts {
  return {
    hasSystemd: existsSync(places.systemd),
    tetraDir: join(world.folder, ".."),
    user: world.user.name,
    lingers: existsSync(places.linger),
    units: DAEMON_FLAVOURS.map(daemonUnitName).flatMap((name) =>
      [unitAt(places.userUnits, name, "user"), unitAt(places.systemUnits, name, "system")].flatMap(
        (unit) => unit ?? [],
      ),
    ),
    wanted,
    isDaemonAlive: isLocked(world.fs, layoutOf(world.folder).daemonLock),
  };
}

function unitAt(folder: string, name: string, scope: UnitScope): UnitFacts | undefined {
  const path = join(folder, name);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (isSystemError(error) && ["ENOENT", "EACCES", "ENOTDIR"].includes(error.code))
      return undefined;
    throw error;
  }
  const target = scope === "user" ? "default.target.wants" : "multi-user.target.wants";
  const [, tetraDir] = /^Environment="TETRA_DIR=(.*)"$/m.exec(text) ?? [];
  const [, user] = /^User=(.*)$/m.exec(text) ?? [];
  return {
    name,
    path,
    scope,
    isEnabled: existsSync(join(folder, target, name)),
    runs: executedBy(text)
      .filter((word) => word.startsWith("/"))
      .map((program) => ({ path: program, isThere: existsSync(program) })),
    tetraDir: tetraDir?.replace(/\\(.)/g, "$1").replaceAll("%%", "%"),
    user,
  };
}

/** Judges it: would what runs now be looked after, and come back after a reboot? */
export function bootFindings(facts: BootFacts): readonly Finding[] {
  return [...daemonFindings(facts), ...unitFindings(facts)];
}

function daemonFindings({ isDaemonAlive, wanted }: BootFacts): readonly Finding[] {
  if (isDaemonAlive) return [boot.ok("tetrad", "runs")];
  if (wanted === 0) return [boot.ok("tetrad", "does not run, and nothing needs it")];
  const what = "does not run: nothing restarts or probes services, or rotates their logs";
  return [boot.warning("tetrad", what, "tsm daemon start")];
}

function unitFindings(facts: BootFacts): readonly Finding[] {
  const { hasSystemd, tetraDir, units, wanted } = facts;
  if (!hasSystemd) {
    return [boot.note("systemd", "is not there: nothing starts services after a reboot by itself")];
  }
  const ours = units.filter((unit) => unit.tetraDir === tetraDir);
  if (ours.length === 0) {
    const what = `no unit starts the daemon of ${tetraDir} after a reboot`;
    return wanted === 0
      ? [boot.note("unit", what, "tsm daemon install")]
      : [boot.warning("unit", `${what}; ${wanted} services would stay down`, "tsm daemon install")];
  }
  return ours.flatMap((unit) => {
    const findings = UNIT_CHECKS.flatMap((check) => check(unit, facts));
    return findings.length > 0 ? findings : [boot.ok(unit.path, "starts the daemon at boot")];
  });
}

/** What can be wrong with a unit. */
const UNIT_CHECKS: readonly ((unit: UnitFacts, facts: BootFacts) => readonly Finding[])[] = [
  ({ path: unit, runs }) =>
    runs
      .filter(({ isThere }) => !isThere)
      .map(({ path }) =>
        boot.error(unit, `runs ${path}, which is not there any more`, "tsm daemon install"),
      ),
  ({ path, isEnabled }) =>
    isEnabled
      ? []
      : [boot.warning(path, "is not enabled: it does not start at boot", "tsm daemon enable")],
  ({ path, scope }, { lingers, user }) =>
    scope === "system" || lingers
      ? []
      : [
          boot.warning(
            path,
            `${user} does not linger: it starts only when they log in`,
            `loginctl enable-linger ${user}`,
          ),
        ],
  ({ path, scope, user: its = "root" }, { user }) =>
    scope === "user" || its === user
      ? []
      : [
          boot.warning(
            path,
            `runs as ${its}, and you are ${user}`,
            "run tsm as that user, or install the unit again",
          ),
        ],
];
