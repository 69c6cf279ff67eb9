import type { Arguments } from "@tetra/cli-kit";
import { usageError } from "@tetra/cli-kit";
import {
  type BootHost,
  type DaemonPlace,
  DAEMON_FLAVOURS,
  initSystem,
  systemPrograms,
  type UnitScope,
  type WhichUnit,
} from "@tetra/tsm/boot";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import type { App } from "../app.ts";

/** This machine and user, as installing units sees them. */
export function bootHost({ env }: Pick<App, "env">): BootHost {
  const { username, uid } = userInfo();
  const { XDG_CONFIG_HOME: config = join(env["HOME"] ?? homedir(), ".config") } = env;
  return {
    run: systemPrograms(env),
    init: initSystem(),
    user: username,
    isRoot: uid === 0,
    userUnits: join(config, "systemd/user"),
  };
}

/** The data root whose daemon is meant. @throws TetraError `NO_DATA_ROOT` */
export function daemonPlace(app: Pick<App, "env" | "places">): DaemonPlace {
  const { root, folder } = app.places();
  return { host: bootHost(app), tetraDir: root, folder };
}

/** Which of the daemon's units was meant: `[@dev|@production] [--system]`. @throws TetraError `USAGE` */
export function whichUnit(args: Arguments): WhichUnit {
  const word = args.at(0) ?? "@production";
  const flavour = DAEMON_FLAVOURS.find((each) => word === `@${each}`);
  if (flavour === undefined) {
    const words = DAEMON_FLAVOURS.map((each) => `@${each}`).join(" or ");
    throw usageError(`there is no daemon ${JSON.stringify(word)}`, `use ${words}`);
  }
  return { scope: unitScope(args), flavour };
}

/** Whose systemd was meant: `--system`. */
export function unitScope(args: Arguments): UnitScope {
  return args.has("system") ? "system" : "user";
}
