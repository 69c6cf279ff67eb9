import { TetraError } from "@tetra/errors";
import { once } from "node:events";
import { createConnection } from "node:net";
import type { ConnectErrorCode } from "../errors.ts";
import type { SshRoute } from "../levels/connector-level.ts";
import { sshArgv } from "../plan/route-argv.ts";
import { collect, exitOf, start } from "./child.ts";
import { controlPath } from "./control-path.ts";
import { failure, lastLine, printable, signIn } from "./failure.ts";
import { interrupted } from "./interrupted.ts";
import { CONNECT_TIMEOUT_MS, type ConnectorOptions } from "./options.ts";
import { SSH_FAILURES } from "./ssh-failures.ts";

const KEEP_OPEN_SECONDS = 60;
const MAX_MESSAGE = 64 * 1024;
/** What ssh's own exit status is for every failure of its own. */
const SSH_FAILED = 255;

/** Options of the session for a command: those of the connection, and the shared one if there is one. */
export function commandOptions(route: SshRoute, options: ConnectorOptions): readonly string[] {
  const path = controlPath(route, options);
  return [
    ...connectionOptions(options),
    "-o",
    "ControlMaster=no",
    "-o",
    `ControlPath=${path ?? "none"}`,
  ];
}

/**
 * Makes sure that there is a shared connection.
 * @returns how long it took to connect, in milliseconds; `undefined` when nothing had to be done: one was open,
 *   or connections are not shared.
 * @throws TetraError a `ConnectErrorCode`
 */
export async function connect(
  subject: string,
  route: SshRoute,
  options: ConnectorOptions,
): Promise<number | undefined> {
  const path = controlPath(route, options);
  if (path === undefined || (await isOpen(path))) return undefined;
  const from = performance.now();
  const keep = options.keepOpenSeconds ?? KEEP_OPEN_SECONDS;
  const argv = sshArgv(route, [
    ...connectionOptions(options),
    // auto, not yes: of two that start at once the second does its work alone, instead of staying behind
    "-o",
    "ControlMaster=auto",
    "-o",
    `ControlPath=${path}`,
    "-o",
    `ControlPersist=${keep}`,
  ]);
  const child = await start([...argv, "exit 0"], {
    env: options.env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said = collect(child.stderr, { limit: MAX_MESSAGE });
  const timeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  let isLate = false;
  const timer =
    options.isInteractive === true
      ? undefined
      : setTimeout(() => {
          isLate = true;
          child.kill("SIGKILL");
        }, timeoutMs);
  const giveUp = (): boolean => child.kill("SIGKILL");
  options.signal?.addEventListener("abort", giveUp);
  const { status } = await exitOf(child);
  options.signal?.removeEventListener("abort", giveUp);
  clearTimeout(timer);
  // the shared connection that stays may hold the pipe: what was said is there by now
  setImmediate(() => child.stderr?.destroy());
  const text = (await said).bytes.toString() ?? "";
  if (options.signal?.aborted === true) throw interrupted(subject, "abort");
  if (isLate) throw tooLate(subject, timeoutMs);
  if (status === SSH_FAILED || status === null) throw connectFailure(subject, text);
  return performance.now() - from;
}

/** Whether a shared connection stands: somebody listens. Asking ssh would cost as much as a command. */
export async function isOpen(path: string): Promise<boolean> {
  const socket = createConnection(path);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false; // no socket, or nobody behind it
  } finally {
    socket.destroy();
  }
}

/** Closes the shared connection of a route, if there is one; what runs over it is cut. */
export async function disconnect(route: SshRoute, options: ConnectorOptions = {}): Promise<void> {
  const path = controlPath(route, options);
  if (path === undefined || !(await isOpen(path))) return;
  const argv = sshArgv(route, [
    ...(options.sshConfig === undefined ? [] : ["-F", options.sshConfig]),
    "-O",
    "exit",
    "-o",
    `ControlPath=${path}`,
  ]);
  await exitOf(await start(argv, { env: options.env, stdio: "ignore" }));
}

/** What ssh's messages mean. */
export function connectFailure(subject: string, text: string): TetraError {
  const sign = signIn(text, SSH_FAILURES);
  if (sign !== undefined) return failure(subject, text, sign);
  return new TetraError<ConnectErrorCode>(
    "CONNECT_FAILED",
    `${subject}: ssh failed${text.trim() === "" ? "" : `: ${printable(lastLine(text))}`}`,
    { hint: "try it by hand: ssh -v HOST", details: { said: printable(text).slice(0, 2000) } },
  );
}

function connectionOptions(options: ConnectorOptions): readonly string[] {
  const { sshConfig, isInteractive = false, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  const values: readonly string[] = [
    `BatchMode=${isInteractive ? "no" : "yes"}`,
    // whatever the configuration says, an unknown key is never taken without a person who looks at it
    `StrictHostKeyChecking=${isInteractive ? "ask" : "yes"}`,
    `ConnectTimeout=${Math.max(1, Math.ceil(connectTimeoutMs / 1000))}`,
    // a dead connection is noticed after 45 s
    "ServerAliveInterval=15",
    "ServerAliveCountMax=3",
    // what a configuration has for people who log in
    "RequestTTY=no",
    "RemoteCommand=none",
    "ClearAllForwardings=yes",
    // its messages are what errors are told from
    "LogLevel=INFO",
  ];
  return [
    ...(sshConfig === undefined ? [] : ["-F", sshConfig]),
    ...values.flatMap((value) => ["-o", value]),
  ];
}

function tooLate(subject: string, timeoutMs: number): TetraError<ConnectErrorCode> {
  return new TetraError(
    "CONNECT_TIMEOUT",
    `${subject}: no connection within ${timeoutMs / 1000} s`,
    {
      hint: "see whether the host is up and its firewall lets you in",
      details: { timeoutMs },
    },
  );
}
