import { join } from "node:path/posix";
import { TetraError } from "@tetra/errors";
import type { Clock } from "../clock.ts";
import { isAlive, type Platform, type ProcessEntry, signalProcess } from "../platform/platform.ts";
import type { Services } from "../services.ts";
import type { NamedProcess } from "../run/port-holder.ts";
import type { PortsErrorCode } from "./errors.ts";
import { type Listening, lookAtPorts } from "./look-at-ports.ts";

/** What freeing a port takes. */
export interface PortClaim {
  readonly services: Services;
  readonly platform: Platform;
  readonly clock: Clock;
  /** That of the service manager: `$TETRA_DIR/tsm`. */
  readonly folder: string;
  readonly port: number;
  /** How long the holders may take before they are killed; 0: kill at once. Default: 5 s. */
  readonly timeoutMs?: number;
}

/** What freeing a port came to. */
export interface ClaimedPort {
  readonly ended: readonly NamedProcess[];
  /** Whether some had to be killed. */
  readonly isKilled: boolean;
}

const TERM_MS = 5000;
const KILL_MS = 3000;
const LOOK_MS = 20;

/**
 * Who listens on a port, for a question before it is freed.
 * @throws TetraError `PORT_FREE`; `PORT_MANAGED` when it is a service, of another `TETRA_DIR` too; `PORT_NOT_FREED` when it is another user's
 */
export function portHolders({
  services,
  platform,
  folder,
  port,
}: Pick<PortClaim, "services" | "platform" | "folder" | "port">): readonly NamedProcess[] {
  const holders = holdersOf(lookAtPorts(services, platform).listening, { port, folder });
  return holders.map((pid) => ({ pid, command: platform.command(pid) ?? "" }));
}

function holdersOf(
  listening: readonly Listening[],
  { port, folder }: Pick<PortClaim, "port" | "folder">,
): readonly number[] {
  const holders = listening.filter((one) => one.port === port);
  const owner = holders.find((one) => one.owner !== undefined)?.owner;
  if (holders.length === 0) {
    throw new TetraError<PortsErrorCode>("PORT_FREE", `nobody listens on port ${port}`, {
      hint: "start what needs it",
      details: { port },
    });
  }
  if (owner !== undefined) {
    throw new TetraError<PortsErrorCode>(
      "PORT_MANAGED",
      `port ${port} belongs to the service ${owner.name}`,
      { hint: `stop it: tsm stop ${owner.name}`, details: { port, name: owner.name } },
    );
  }
  const home = holders.find((one) => one.home !== undefined)?.home;
  if (home !== undefined && join(home, "tsm") !== folder) {
    throw new TetraError<PortsErrorCode>(
      "PORT_MANAGED",
      `port ${port} belongs to a service of ${home}`,
      { hint: `stop it there: tsm --dir ${home} stop ${port}`, details: { port, home } },
    );
  }
  return holders.map(({ pid }) => {
    if (pid !== undefined && pid !== process.pid) return pid;
    throw notFreed(port, "it is another user's process");
  });
}

/**
 * Ends who listens on a port and is no service: asks, waits, kills. Who has the pid is looked at before
 * each signal.
 * @throws TetraError `PORT_FREE`, `PORT_MANAGED`, `PORT_NOT_FREED`
 */
export async function claimPort(claim: PortClaim): Promise<ClaimedPort> {
  const { platform, clock, port, timeoutMs = TERM_MS } = claim;
  const named = portHolders(claim);
  const holders = named
    .map(({ pid }) => platform.process(pid))
    .filter((entry): entry is ProcessEntry => entry !== undefined);
  const isHeld = (): boolean =>
    holders.some((holder) => isAlive(platform, holder)) ||
    // a process that was killed closes its sockets a little later, and they are nobody's meanwhile
    platform.listeners(port).some(({ pid }) => pid === undefined);
  const untilGone = async (limitMs: number): Promise<boolean> => {
    const giveUpMs = clock.now() + limitMs;
    for (;;) {
      if (!isHeld()) return true;
      if (clock.now() >= giveUpMs) return false;
      await clock.sleep(LOOK_MS);
    }
  };
  const signalAll = (signal: NodeJS.Signals): void => {
    for (const holder of holders) {
      if (signalProcess(platform, holder, signal) === "refused") {
        throw notFreed(port, `pid ${holder.pid} is another user's process`);
      }
    }
  };
  if (timeoutMs > 0) signalAll("SIGTERM");
  if (timeoutMs > 0 && (await untilGone(timeoutMs))) return { ended: named, isKilled: false };
  signalAll("SIGKILL");
  if (await untilGone(KILL_MS)) return { ended: named, isKilled: true };
  throw notFreed(port, "a process does not end");
}

function notFreed(port: number, why: string): TetraError<PortsErrorCode> {
  return new TetraError("PORT_NOT_FREED", `port ${port} was not freed: ${why}`, {
    hint: "end it as the user it belongs to",
    details: { port },
  });
}
