import { execa } from "execa";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import { type Finished, processesOf, type Sandbox, sandbox } from "../tsm.ts";

const TETRAD: string = fileURLToPath(new URL("../../../tetrad/dist/tetrad.cjs", import.meta.url));
const PATIENCE = { timeout: 20_000, interval: 50 };

/** What `--json` prints of a service. */
export type ServiceJson = Readonly<Record<string, unknown>> & {
  readonly pid: number;
  readonly status: string;
};

/** A data root that a daemon looks after. */
export interface Supervised extends Sandbox {
  /** Runs `tetrad` to its end. */
  readonly tetrad: (...args: readonly string[]) => Promise<Finished>;
  /** Begins a daemon and waits until it answers. @returns its pid */
  readonly startDaemon: () => Promise<number>;
  /** The pid of the daemon that answers. */
  readonly daemonPid: () => Promise<number>;
  /** Ends the daemon without a word. */
  readonly killDaemon: () => Promise<void>;
  readonly info: (name: string) => Promise<ServiceJson>;
  /** Waits until a service is so. */
  readonly becomes: (name: string, status: string) => Promise<ServiceJson>;
  /** The lines of the history with this event. */
  readonly events: (event: string) => readonly Readonly<Record<string, unknown>>[];
  /** A path in the folder of a service. */
  readonly fileOf: (name: string, file: string) => string;
}

/** As {@link sandbox}, where `tsm` may wake the daemon; its socket is in the sandbox, too. */
export function supervised(extra: Record<string, string | undefined> = {}): Supervised {
  const box = sandbox({ TETRA_NO_DAEMON: undefined, ...extra });
  const runtime = join(box.root, "run");
  mkdirSync(runtime, { mode: 0o700 });
  box.env["XDG_RUNTIME_DIR"] = runtime;
  const { env, work: cwd } = box;
  const runtimeFile = (path: string): string => join(box.root, "tsm/runtime", path);

  async function tetrad(...args: readonly string[]): Promise<Finished> {
    const options = { env, cwd, reject: false, stripFinalNewline: false } as const;
    const { stdout, stderr, exitCode } = await execa(process.execPath, [TETRAD, ...args], options);
    return { stdout, stderr, exitCode };
  }

  async function daemonPid(): Promise<number> {
    const { stdout } = await tetrad("status", "--json");
    return Number(Object(JSON.parse(stdout))["pid"]);
  }

  async function info(name: string): Promise<ServiceJson> {
    return Object(await box.json("info", name));
  }

  return {
    ...box,
    tetrad,
    daemonPid,
    async startDaemon() {
      await tetrad("start");
      return daemonPid();
    },
    async killDaemon() {
      const { pid } = JSON.parse(readFileSync(runtimeFile("daemon/tetrad.json"), "utf8"));
      process.kill(pid, "SIGKILL");
      await until(() => !processesOf(box.root).includes(pid));
    },
    info,
    async becomes(name, status) {
      let seen = await info(name);
      await until(async () => {
        seen = await info(name);
        return seen.status === status || `${name} is ${seen.status}`;
      });
      return seen;
    },
    events: (event) =>
      readFileSync(runtimeFile("history.ndjson"), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
        .filter((line) => line.event === event),
    fileOf: (name, file) => runtimeFile(join("processes", name, file)),
  };
}

/** Waits until it is so; anything but `true` is not yet, a text says what is instead. */
export async function until(
  isSo: () => boolean | string | Promise<boolean | string>,
): Promise<void> {
  await vi.waitFor(async () => {
    const answer = await isSo();
    if (answer !== true) throw new Error(answer === false ? String(isSo) : answer);
  }, PATIENCE);
}

/** Whether a process lives. */
export function lives(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

/** The pids of living processes of a data root with exactly this command line. */
export function copiesOf(root: string, ...command: readonly string[]): readonly number[] {
  const wanted = `${command.join("\0")}\0`;
  return processesOf(root).filter((pid) => commandLine(pid) === wanted && lives(pid));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
