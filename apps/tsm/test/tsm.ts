import { execa, type ResultPromise } from "execa";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** The built programs. */
export const PROGRAM: string = fileURLToPath(new URL("../dist/tsm.cjs", import.meta.url));
const TPM: string = fileURLToPath(new URL("../dist/tpm.cjs", import.meta.url));

/** What a finished process left. */
export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

/** How processes are started: their end is looked at, never thrown. */
interface Start {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly reject: false;
  readonly stripFinalNewline: false;
}

/** A data root of one test's own, and the program run on it as a user would. */
export interface Sandbox {
  /** TETRA_DIR. */
  readonly root: string;
  /** A folder of the test's own to run in; its name is `work`. */
  readonly work: string;
  readonly env: Record<string, string | undefined>;
  /** Runs the program to its end. */
  readonly tsm: (...args: readonly string[]) => Promise<Finished>;
  /** The same of `tpm`. */
  readonly tpm: (...args: readonly string[]) => Promise<Finished>;
  /** Runs the program; fails the test unless it exits with 0. @returns standard output. */
  readonly ok: (...args: readonly string[]) => Promise<string>;
  /** Runs the program and reads its standard output as JSON. */
  readonly json: (...args: readonly string[]) => Promise<unknown>;
  /** Starts the program, to be talked to. */
  readonly start: (...args: readonly string[]) => ResultPromise<Start>;
  /** Runs a shell command line in which `tsm` and `tpm` are the programs. */
  readonly shell: (script: string, shell?: string) => Promise<Finished>;
}

/**
 * Makes a sandbox without a daemon. When the test has ended, what was started in it is ended, recognised
 * by its TETRA_DIR (which every service has in its environment), and the sandbox is removed.
 */
export function sandbox(extra: Record<string, string | undefined> = {}): Sandbox {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "tsm test ")));
  const work = join(root, "work");
  mkdirSync(work);
  const env = {
    TETRA_DIR: root,
    TETRA_NO_DAEMON: "1",
    PORT: undefined,
    NAME: undefined,
    NO_COLOR: undefined,
    FORCE_COLOR: undefined,
    ...extra,
  };
  onTestFinished(() => {
    endProcessesOf(root);
    rmSync(root, { recursive: true, force: true });
  });
  const options: Start = { env, cwd: work, reject: false, stripFinalNewline: false };

  function start(...args: readonly string[]): ResultPromise<Start> {
    return execa(process.execPath, [PROGRAM, ...args], options);
  }

  async function finish(program: string, args: readonly string[]): Promise<Finished> {
    const { stdout, stderr, exitCode } = await execa(process.execPath, [program, ...args], options);
    return { stdout, stderr, exitCode };
  }

  async function ok(...args: readonly string[]): Promise<string> {
    const { stdout, stderr, exitCode } = await finish(PROGRAM, args);
    if (exitCode !== 0) throw new Error(`tsm ${args.join(" ")}: ${exitCode}\n${stdout}${stderr}`);
    return stdout;
  }

  return {
    root,
    work,
    env,
    start,
    tsm: (...args) => finish(PROGRAM, args),
    tpm: (...args) => finish(TPM, args),
    ok,
    json: async (...args) => JSON.parse(await ok("--json", ...args)),
    async shell(script, shell = "bash") {
      const preamble = 'tsm() { "$NODE" "$TSM" "$@"; }\ntpm() { "$NODE" "$TPM" "$@"; }\n';
      const { stdout, stderr, exitCode } = await execa(shell, ["-c", preamble + script], {
        ...options,
        env: { ...env, NODE: process.execPath, TSM: PROGRAM, TPM },
      });
      return { stdout, stderr, exitCode };
    },
  };
}

/** A TCP port of loopback that nothing listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === "string") reject(new Error("no port"));
        else resolve(address.port);
      });
    });
  });
}

/** The pids of living processes that have this data root in their environment. */
export function processesOf(root: string): readonly number[] {
  return readdirSync("/proc").flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
      return variables.includes(`TETRA_DIR=${root}`) ? [pid] : [];
    } catch {
      return []; // ended meanwhile, or not ours
    }
  });
}

function endProcessesOf(root: string): void {
  // shims first or last: whatever starts others may do so until it is gone
  for (let left = processesOf(root); left.length > 0; left = processesOf(root)) {
    for (const pid of left) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // ended meanwhile
      }
    }
  }
}
