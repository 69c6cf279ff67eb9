import { readFileSync, statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path/posix";
import { TetraError } from "@tetra/errors";
import { isMissing, type ProgramRunner } from "../boot/run-program.ts";
import type { Clock } from "../clock.ts";
import { type Platform, type ProcessId, signalProcess } from "../platform/platform.ts";
import type { InstancesErrorCode } from "./errors.ts";
import { mainDirective } from "./nginx-conf.ts";

/** Which nginx, and where it reads what. */
export interface NginxSettings {
  /** The program. Default: `nginx` on the `PATH`, or where administrators' programs are. */
  readonly nginx?: string;
  /** Its main configuration. Default: what it was built with. */
  readonly conf?: string;
  /** Its pid file. Default: what its configuration says, or what it was built with. */
  readonly pid?: string;
}

/** What handling nginx takes. */
export interface NginxParts {
  readonly run: ProgramRunner;
  readonly platform: Platform;
  readonly clock: Clock;
}

/** An nginx that runs. */
export interface RunningNginx {
  readonly master: ProcessId;
  readonly workers: readonly ProcessId[];
  /** Whether its workers are this user, or root: they can see files that are private to us. */
  readonly seesOurFiles: boolean;
}

/** What this nginx was built with. */
export interface NginxBuild {
  readonly version: string;
  readonly conf: string;
  readonly pid: string;
}

/** How long a reload may take: reading the configuration, starting new workers, telling the old ones. */
const RELOAD_MS = 15_000;
const LOOK_MS = 10;

/** What this nginx was built with. @throws TetraError `NGINX_NOT_FOUND` */
export async function nginxBuild(
  { run }: NginxParts,
  { nginx = "nginx" }: NginxSettings,
): Promise<NginxBuild> {
  const result = await run(nginx, ["-V"]);
  const [, version] = /^nginx version: [^/]*\/([0-9.]+)/m.exec(result.stderr) ?? [];
  if (isMissing(result) || version === undefined) {
    throw new TetraError<InstancesErrorCode>("NGINX_NOT_FOUND", `${nginx} does not run here`, {
      hint: "install nginx, or say where it is: tsm nginx install --nginx PATH",
      details: { nginx },
    });
  }
  const built = (option: string): string =>
    new RegExp(`--${option}=(\\S+)`).exec(result.stderr)?.[1] ?? "";
  const inPrefix = (path: string): string => resolve(built("prefix") || "/usr/local/nginx", path);
  return {
    version,
    conf: inPrefix(built("conf-path") || "conf/nginx.conf"),
    pid: inPrefix(built("pid-path") || "logs/nginx.pid"),
  };
}

/** Whether this version knows `keepalive_min_timeout`: 1.27.4. */
export function keepsIdleConnections(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  return major * 1_000_000 + minor * 1000 + patch >= 1_027_004;
}

/** Has nginx check its whole configuration. @throws TetraError `NGINX_REFUSED` with what it said. */
export async function testNginx(
  { run }: NginxParts,
  { nginx = "nginx" }: NginxSettings,
  conf: string,
): Promise<string> {
  const { status, stderr } = await run(nginx, ["-t", "-c", conf]);
  if (status === 0) return stderr;
  const [first = `exit status ${status}`] = stderr
    .split("\n")
    .filter((line) => line.includes("[emerg]"))
    .map((line) => line.replace(/^nginx: \[emerg\] /, ""));
  throw new TetraError<InstancesErrorCode>("NGINX_REFUSED", `nginx -t refused: ${first}`, {
    hint: "correct that; nothing of nginx was changed",
    details: { output: stderr },
  });
}

/**
 * The nginx of this configuration, if it runs. What the pid file says is believed only of a process that
 * calls itself nginx's master.
 */
export function findNginx(
  { platform }: Pick<NginxParts, "platform">,
  settings: NginxSettings,
  { conf, build }: { readonly conf: string; readonly build: NginxBuild },
): RunningNginx | undefined {
  const pidFile = settings.pid ?? pidFileOf(conf, build);
  const pid = Number.parseInt(textOf(pidFile) ?? "", 10);
  const master = Number.isSafeInteger(pid) ? platform.process(pid) : undefined;
  if (master === undefined || platform.command(pid)?.includes("nginx: master") !== true) {
    return undefined;
  }
  const workers = platform
    .processes()
    .filter(({ parent, state }) => parent === pid && state !== "zombie")
    .filter((worker) => isServing(platform, worker));
  const seesOurFiles =
    workers.length > 0 &&
    workers.every(({ pid: worker }) => [0, process.getuid?.()].includes(ownerOf(worker)));
  return { master, workers, seesOurFiles };
}

function pidFileOf(conf: string, build: NginxBuild): string {
  const said = mainDirective(textOf(conf) ?? "", "pid");
  if (said === undefined) return build.pid;
  return isAbsolute(said) ? said : resolve(build.pid, "../..", said);
}

function isServing(platform: Platform, { pid }: ProcessId): boolean {
  const command = platform.command(pid) ?? "";
  return command.includes("worker process") && !command.includes("shutting down");
}

/** Who a process belongs to, where `/proc` tells. */
function ownerOf(pid: number): number | undefined {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // whatever the reason: nothing is known from it
    return undefined;
  }
}

/**
 * Has nginx read its configuration again and waits until only new workers take connections.
 * @throws TetraError `NGINX_NOT_RELOADED`
 */
export async function reloadNginx(
  { platform, clock }: Pick<NginxParts, "platform" | "clock">,
  { master, workers }: RunningNginx,
): Promise<void> {
  if (signalProcess(platform, master, "SIGHUP") !== "sent") {
    throw notReloaded("its master process cannot be signalled: it is another user's, or gone");
  }
  const old = new Set(workers.map(({ pid }) => pid));
  const giveUpMs = clock.now() + RELOAD_MS;
  for (;;) {
    const serving = platform
      .processes()
      .filter(({ parent, state }) => parent === master.pid && state !== "zombie")
      .filter((worker) => isServing(platform, worker));
    const isDone = serving.length > 0 && serving.every(({ pid }) => !old.has(pid));
    if (isDone) return;
    if (clock.now() >= giveUpMs) throw notReloaded(`it has not within ${RELOAD_MS / 1000} s`);
    await clock.sleep(LOOK_MS);
  }
}

function notReloaded(why: string): TetraError<InstancesErrorCode> {
  return new TetraError(
    "NGINX_NOT_RELOADED",
    `nginx did not read its configuration again: ${why}`,
    {
      hint: "look at its error log, reload it, and run tsm nginx sync",
    },
  );
}
