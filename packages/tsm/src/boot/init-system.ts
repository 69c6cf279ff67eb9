import { existsSync, readFileSync } from "node:fs";
import { TetraError } from "@tetra/errors";
import type { UnitScope } from "./daemon-unit.ts";
import type { BootErrorCode } from "./errors.ts";

/** What started this machine, and what can be asked of it. */
export interface InitSystem {
  /** Whether it is systemd, by sd_booted(3). */
  readonly isSystemd: boolean;
  /** What process 1 calls itself. */
  readonly name: string;
}

/** Looks what started this machine. */
export function initSystem(): InitSystem {
  return { isSystemd: existsSync("/run/systemd/system"), name: firstProcess() };
}

function firstProcess(): string {
  if (process.platform === "darwin") return "launchd";
  try {
    return readFileSync("/proc/1/comm", "utf8").trim();
  } catch {
    return "unknown";
  }
}

const FOR_OTHERS: Readonly<Record<string, string>> = {
  launchd: "have launchd run tsm startup at log-in: a LaunchAgent with RunAtLoad",
  "openrc-init": "write an OpenRC script that runs tetrad run as a supervised daemon",
  "runit-init": "write a runit service whose run file is: exec tetrad run",
  runit: "write a runit service whose run file is: exec tetrad run",
  "s6-svscan": "write an s6 service whose run file is: exec tetrad run",
  init: "have an init script run tsm startup",
};

/** @throws TetraError `INIT_UNSUPPORTED` when it is not systemd. */
export function requireSystemd({ isSystemd, name }: InitSystem): void {
  if (isSystemd) return;
  const known = FOR_OTHERS[name];
  throw new TetraError<BootErrorCode>(
    "INIT_UNSUPPORTED",
    `systemd does not run here: this machine was started by ${name}`,
    {
      hint: known ?? "have whatever starts this machine or container run: tsm startup",
      details: { init: name },
    },
  );
}

/** What is said by systemctl when there is nobody to speak to. */
const NOBODY = /Failed to connect to bus|No medium found|not been booted with systemd|Host is down/;

/** Whether systemd runs, but not for us. */
export function isUnreachable(output: string): boolean {
  return NOBODY.test(output);
}

/** Why systemd's manager cannot be reached, and what to do. */
export function unreachable(scope: UnitScope, user: string): TetraError<BootErrorCode> {
  const hint =
    scope === "user"
      ? `run loginctl enable-linger ${user} as root and log in as ${user} (not with su or sudo), or use --system`
      : "run it as root on the machine itself";
  return new TetraError("NO_MANAGER", `the ${scope} manager of systemd cannot be reached`, {
    hint,
    details: { scope, user },
  });
}
