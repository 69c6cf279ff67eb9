import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import type { ServiceEnvironment } from "../files/store.ts";

/** How a command is run as a user. */
export interface RunAs {
  /** Words before the command. */
  readonly prefix: readonly string[];
  /** What its environment says of the user. */
  readonly environment: ServiceEnvironment;
}

/** What changing the user depends on. */
export interface UserHost {
  readonly system: NodeJS.Platform;
  /** Our own, which must be root's. */
  readonly uid: number;
  /** The line of the user database, `undefined` when there is none. */
  readonly passwd: (user: string) => string | undefined;
}

const SETPRIV = ["/usr/bin/setpriv", "/bin/setpriv"];
const AS_WE_ARE: RunAs = { prefix: [], environment: {} };

const thisHost: UserHost = {
  system: process.platform,
  uid: process.getuid?.() ?? 0,
  passwd(user) {
    const { stdout, status } = spawnSync("getent", ["passwd", user], { encoding: "utf8" });
    return status === 0 ? stdout.trim() : undefined;
  },
};

/**
 * How to run a service's command as `user`, with that user's groups; `undefined`: as we are.
 * @throws TetraError `INVALID_SERVICE` when we are not root, or there is no such user.
 */
export function runAs(name: string, user: string | undefined, host: UserHost = thisHost): RunAs {
  if (user === undefined) return AS_WE_ARE;
  const wrong = (why: string, hint: string): TetraError<TsmErrorCode> =>
    new TetraError("INVALID_SERVICE", `${name}: ${why}`, { hint, details: { name, user } });
  if (host.uid !== 0) {
    throw wrong(`only root can run it as the user ${user}`, "start it as root, or as that user");
  }
  // sudo looks the user up itself
  if (host.system === "darwin")
    return { prefix: ["sudo", "-n", "-E", "-u", user], environment: {} };

  const [login, , uid, gid, , home] = host.passwd(user)?.split(":") ?? [];
  if (login === undefined || uid === undefined || gid === undefined || home === undefined) {
    throw wrong(`there is no user ${user}`, "make the user, or name another");
  }
  const setpriv = SETPRIV.find((path) => existsSync(path)) ?? "setpriv";
  return {
    prefix: [setpriv, "--reuid", uid, "--regid", gid, "--init-groups", "--"],
    environment: { HOME: home, USER: login, LOGNAME: login },
  };
}
