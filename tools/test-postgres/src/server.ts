import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { findPrograms, privateFolder, type Programs, whoRuns } from "./programs.ts";

/**
 * Runs the server, and ends it when our end of the pipe closes: a server must not outlive who started it,
 * whatever kills that. A word through the pipe says that the folder is still wanted.
 */
const GUARD = `
"$@" >&2 &
pid=$!
echo "$pid"
read -r wanted || unwanted=1
kill -INT "$pid"
wait "$pid"
if [ -n "$unwanted" ]; then rm -rf "$FOLDER"; fi
`;
const READY = "database system is ready to accept connections";
/** Not what it tells clients that are too early: the database system is starting up. */
const FAILURE = /PANIC|FATAL:(?! +the database system is)/;

/** How the server is to be. */
export interface PostgresOptions {
  /** `max_prepared_transactions`; PostgreSQL's own default, 0, turns them off. Default 64. */
  readonly maxPreparedTransactions?: number;
  /** Whether commits reach the disk. Default true. */
  readonly fsync?: boolean;
  /** More settings of `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** What a driver needs to connect as the superuser. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** A real PostgreSQL on loopback, with data of its own. It ends with the process that started it. */
export interface TestPostgres extends PostgresAddress {
  /** The same address as `postgresql://…`. */
  readonly url: string;
  /** Ends it as an administrator would (fast: open transactions are rolled back). `restart` starts it again. */
  shutdown(): Promise<void>;
  /** SIGKILL to the postmaster: its children follow, nothing is flushed. Resolves when all are gone. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port. Resolves when it takes connections. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Whether a server can be had: asked by tests named `(needs postgres)`. */
export function hasPostgres(): boolean {
  const runAs = whoRuns();
  const folder = privateFolder(runAs);
  try {
    return findPrograms(folder, runAs) !== undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Starts a server. */
export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres> {
  const runAs = whoRuns();
  const folder = privateFolder(runAs);
  try {
    const programs = findPrograms(folder, runAs);
    if (programs === undefined) throw new Error("there is no PostgreSQL that can run here");
    return await startIn(folder, programs, options);
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
}

async function startIn(
  folder: string,
  programs: Programs,
  options: PostgresOptions,
): Promise<TestPostgres> {
  const password = randomUUID();
  const data = initialize(programs, folder, password);
  const port = await freePort();
  const launch = (): Promise<Running> => start(programs, folder, settings(data, port, options));
  let running: Running | undefined = await launch();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (running === undefined) return;
    const { guard, pid, hasEnded } = running;
    if (guard.stdin?.writableEnded === false) {
      process.kill(pid, signal);
      guard.stdin.end("wanted\n");
    }
    await hasEnded;
    running = undefined;
  };
  const address = { host: "127.0.0.1", port, user: "postgres", password, database: "postgres" };
  return {
    ...address,
    url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
    shutdown: () => end("SIGINT"),
    kill: () => end("SIGKILL"),
    async restart() {
      await end("SIGINT");
      running = await launch();
    },
    async stop() {
      await end("SIGQUIT"); // at once: what it would write is removed
      rmSync(folder, { recursive: true });
    },
  };
}

function initialize(programs: Programs, folder: string, password: string): string {
  const data = join(folder, "data");
  const secret = join(folder, "password");
  writeFileSync(secret, password, { mode: 0o644 });
  execFileSync(
    programs.initdb,
    ["-D", data, "-U", "postgres", "-A", "password", `--pwfile=${secret}`, "-E", "UTF8", "-N"],
    { ...programs.runAs, env: programs.env, cwd: folder, stdio: ["ignore", "ignore", "inherit"] },
  );
  rmSync(secret);
  return data;
}

function settings(data: string, port: number, options: PostgresOptions): readonly string[] {
  const { maxPreparedTransactions = 64, fsync = true } = options;
  const all = {
    listen_addresses: "127.0.0.1",
    port: `${port}`,
    unix_socket_directories: "",
    max_prepared_transactions: `${maxPreparedTransactions}`,
    fsync: fsync ? "on" : "off",
    ...options.settings,
  };
  return [
    "-D",
    data,
    ...Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];
}

interface Running {
  readonly guard: ChildProcess;
  /** The postmaster's. */
  readonly pid: number;
  /** Resolves when it and all its children have ended. */
  readonly hasEnded: Promise<unknown>;
}

async function start(
  { postgres, runAs, env }: Programs,
  folder: string,
  args: readonly string[],
): Promise<Running> {
  const guard = spawn("/bin/sh", ["-c", GUARD, "guard", postgres, ...args], {
    ...runAs,
    env: { ...env, FOLDER: folder },
    cwd: folder,
  });
  // not "exit": children of a postmaster that was killed go on for a moment, and hold our end of its log
  const hasEnded = once(guard, "close");
  const pid = await firstLine(guard);
  await isReady(guard);
  return { guard, pid, hasEnded };
}

async function isReady({ stderr, stdin }: ChildProcess): Promise<void> {
  if (stderr === null) throw new Error("no stderr");
  const said: string[] = [];
  const lines = createInterface({ input: stderr });
  const isUp = await new Promise<boolean>((resolve) => {
    lines.on("close", () => resolve(false));
    lines.on("line", (line) => {
      said.push(line);
      if (line.includes(READY)) resolve(true);
      // it can say so twice
      if (FAILURE.test(line) && stdin?.writableEnded === false) stdin.end("wanted\n");
    });
  });
  if (!isUp) throw new Error(`PostgreSQL did not start: ${said.join("\n")}`);
  lines.removeAllListeners();
  lines.close();
  // a server whose log nobody reads comes to a halt
  stderr.resume();
}

async function firstLine({ stdout }: ChildProcess): Promise<number> {
  if (stdout === null) throw new Error("no stdout");
  for await (const chunk of stdout) return Number(String(chunk));
  throw new Error("the guard did not say who it guards");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
