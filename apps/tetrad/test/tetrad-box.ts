import { execFile, type ExecFileException } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isTetraError } from "@tetra/errors";
import { openServices, type Services, type ServiceSpec } from "@tetra/tsm";
import { daemonPaths, stopDaemon } from "@tetra/tsm/supervisor";
import { onTestFinished } from "vitest";

/** The built program. */
export const TETRAD: string = join(import.meta.dirname, "../dist/tetrad.cjs");

/** What a command came to. */
export interface Came {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** A data root of its own, and what is in it. All of it ends with the test. */
export interface Box {
  readonly root: string;
  readonly folder: string;
  readonly services: Services;
  /** Runs `tetrad`. */
  readonly tetrad: (...words: readonly string[]) => Promise<Came>;
  /** The lines of the history. */
  readonly history: () => readonly Readonly<Record<string, unknown>>[];
  /** The pid of the daemon that lives. */
  readonly pid: () => Promise<number>;
}

/** Makes a box; `program`: another copy of the built program. */
export function tetradBox(
  env: Readonly<Record<string, string>> = {},
  program: string = TETRAD,
): Box {
  const root = mkdtempSync(join(tmpdir(), "tetrad-"));
  const folder = join(root, "tsm");
  const services = openServices({ folder });
  const tetrad = (...words: readonly string[]): Promise<Came> =>
    run([program, ...words], { PATH: process.env["PATH"], TETRA_DIR: root, ...env });
  onTestFinished(async () => {
    await stopDaemon(folder);
    for (const name of services.names()) {
      await services.stop(name, { timeoutMs: 0 }).catch((error: unknown) => {
        if (!isTetraError(error)) throw error;
      });
    }
    rmSync(root, { recursive: true, force: true });
  });
  return {
    root,
    folder,
    services,
    tetrad,
    history: () =>
      readFileSync(join(folder, "runtime/history.ndjson"), "utf8")
        .trimEnd()
        .split("\n")
        .map((line): Readonly<Record<string, unknown>> => JSON.parse(line)),
    async pid() {
      const { out, err } = await tetrad("status", "--json");
      if (err !== "") throw new Error(err);
      const { pid }: { readonly pid: number } = JSON.parse(out);
      return pid;
    },
  };
}

function run(words: readonly string[], env: NodeJS.ProcessEnv): Promise<Came> {
  return new Promise((resolve) => {
    const done = (error: ExecFileException | null, out: string, err: string): void =>
      resolve({ status: typeof error?.code === "number" ? error.code : 0, out, err });
    execFile(process.execPath, words, { env }, done);
  });
}

/** A service that is restarted whenever it ends, at once. */
export function specOf(
  name: string,
  command: ServiceSpec["command"],
  more: Partial<ServiceSpec> = {},
): ServiceSpec {
  return {
    name,
    command,
    cwd: "/",
    environment: { PATH: process.env["PATH"] ?? "" },
    restartPolicy: {
      restart: "always",
      backoffMs: 0,
      maxBackoffMs: 0,
      jitter: 0,
      stableMs: 10_000,
      successCodes: [0],
      successSignals: [],
    },
    ...more,
  };
}

/** The words that the daemon itself has written. */
export function logOf(folder: string): string {
  return readFileSync(daemonPaths(folder).log, "utf8");
}
