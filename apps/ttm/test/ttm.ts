import { execa, type ResultPromise } from "execa";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** The built program. */
export const PROGRAM: string = fileURLToPath(new URL("../dist/ttm.cjs", import.meta.url));

/** What a finished process left. */
export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

/** How processes are started: their end is looked at, never thrown. */
interface Start {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly reject: false;
  readonly stripFinalNewline: false;
}

/** A data root of one test's own, and the program run on it as a user would. */
export interface Sandbox {
  /** TETRA_DIR. */
  readonly root: string;
  readonly env: Record<string, string | undefined>;
  /** Runs the program to its end. */
  readonly ttm: (...args: readonly string[]) => Promise<Finished>;
  /** The same; fails the test unless it exits with 0. @returns standard output. */
  readonly ok: (...args: readonly string[]) => Promise<string>;
  /** Runs the program and reads its standard output as JSON. */
  readonly json: (...args: readonly string[]) => Promise<unknown>;
  /** Starts the program, to be talked to. */
  readonly start: (...args: readonly string[]) => ResultPromise<Start>;
  /** Runs a shell command line in which `ttm` is the program. */
  readonly shell: (script: string, shell?: string) => Promise<Finished>;
}

/** Makes a sandbox that is removed when the test has ended. */
export function sandbox(extra: Record<string, string | undefined> = {}): Sandbox {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "ttm test ")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const env = {
    TETRA_DIR: root,
    TTM_DIR: undefined,
    TTM_TXNS_DIR: undefined,
    NO_COLOR: undefined,
    FORCE_COLOR: undefined,
    ...extra,
  };
  const options: Start = { env, reject: false, stripFinalNewline: false };

  function start(...args: readonly string[]): ResultPromise<Start> {
    return execa(process.execPath, [PROGRAM, ...args], options);
  }

  async function ttm(...args: readonly string[]): Promise<Finished> {
    const { stdout, stderr, exitCode } = await start(...args);
    return { stdout, stderr, exitCode };
  }

  async function ok(...args: readonly string[]): Promise<string> {
    const { stdout, stderr, exitCode } = await ttm(...args);
    if (exitCode !== 0) throw new Error(`ttm ${args.join(" ")}: ${exitCode}\n${stderr}`);
    return stdout;
  }

  return {
    root,
    env,
    start,
    ttm,
    ok,
    json: async (...args) => JSON.parse(await ok("--json", ...args)),
    async shell(script, shell = "bash") {
      const preamble = 'ttm() { "$NODE" "$TTM" "$@"; }\n';
      const { stdout, stderr, exitCode } = await execa(shell, ["-c", preamble + script], {
        ...options,
        env: { ...env, NODE: process.execPath, TTM: PROGRAM },
      });
      return { stdout, stderr, exitCode };
    },
  };
}

/** Makes a transaction and returns its id. */
export async function create(
  { ok }: Sandbox,
  description = "deploy api",
  ...more: readonly string[]
): Promise<string> {
  return (await ok("create", "--", description, ...more)).trimEnd();
}
