import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { type ProgramRunner, systemPrograms } from "../src/boot/run-program.ts";

const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;

/** Whether there is an nginx; it is usually where administrators' programs are. */
export const hasNginx: boolean =
  spawnSync("nginx", ["-v"], { env: { ...process.env, PATH } }).status === 0;

/** An nginx with a configuration of its own. */
export interface PrivateNginx {
  readonly conf: string;
  readonly confText: () => string;
}

/** Who its workers are, where it is started by root. */
export type WorkerUser = "root" | "nobody";

const NOBODY = /^nogroup:/m.test(readFileSync("/etc/group", "utf8")) ? "nobody nogroup" : "nobody";

/** A configuration like a user's, and an nginx that runs with it until the test ends. */
export async function startNginx(
  folder: string,
  { user = "root" }: { readonly user?: WorkerUser } = {},
): Promise<PrivateNginx> {
  const own = join(folder, "private nginx");
  mkdirSync(own);
  const conf = join(own, "nginx.conf");
  const errorLog = join(own, "error.log");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `  ${name}_temp_path "${own}/${name}";`)
    .join("\n");
  writeFileSync(
    conf,
    `daemon off;
${process.getuid?.() === 0 ? `user ${user === "root" ? "root" : NOBODY};` : ""}
worker_processes 2;
pid "${own}/nginx.pid";
error_log "${errorLog}" notice;
events { worker_connections 256; }
http {
  access_log off;
${temporary}
}
`,
    { mode: 0o640 },
  );
  const child = spawn("nginx", ["-c", conf, "-e", errorLog], {
    env: { ...process.env, PATH },
    stdio: "ignore",
  });
  onTestFinished(() => endNginx(child));
  const isUp = (): boolean =>
    textOf(join(own, "nginx.pid")) !== "" && textOf(errorLog).includes("start worker process");
  await expect.poll(isUp, { timeout: 20_000 }).toBe(true);
  return { conf, confText: () => readFileSync(conf, "utf8") };
}

async function endNginx(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Below the ports that systems give to outgoing connections, and those for stand-ins. */
const PORTS = { from: 11_000, count: 8000 } as const;

/** Ports one after the other that nobody has at the moment. */
export async function freePorts(count: number): Promise<readonly number[]> {
  for (;;) {
    const from = PORTS.from + randomInt(PORTS.count);
    const ports = Array.from({ length: count }, (_, index) => from + index);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return ports;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Programs as the library runs them. */
export const programs: ProgramRunner = systemPrograms(process.env);
