import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";

const SSHD = "/usr/sbin/sshd";

/** Whether the machine has what tests named `(needs sshd)` need. */
export const hasSshd: boolean = existsSync(SSHD);

/**
 * A machine to deploy to: a real sshd on loopback that lets whoever runs the tests in, with keys and a home
 * of its own. Nothing of the user's own ssh configuration is read or written.
 */
export interface FarMachine {
  /** The home over there. */
  readonly home: string;
  /**
   * An ssh configuration with these hosts: `web1`; `cuttable`, the same behind a connection that can be
   * cut; `stranger`, with a key that is not let in; `imposter`, whose host key is another than the known
   * one; `unknown`, whose host key is not known; `refused`, where nobody listens.
   */
  readonly sshConfig: string;
  /** What programs need in their environment to use it. Sockets of shared connections are in its folder. */
  readonly env: Readonly<Record<string, string>>;
  /** Cuts the connections to `cuttable` without a goodbye. */
  cut(): void;
  /** Stops it and everything that is still connected, and removes its folder. */
  stop(): Promise<void>;
}

/** Starts one. */
export async function startFarMachine(): Promise<FarMachine> {
  const folder = mkdtempSync(join(tmpdir(), "far-"));
  const home = join(folder, "home");
  mkdirSync(home);
  const keys = Object.fromEntries(
    ["host", "user", "stranger"].map((name) => [name, newKey(join(folder, name))]),
  );
  const port = await freePort();
  const sshd = await startSshd(folder, port, home);
  const proxy = await cuttableProxy(port);
  const closed = await freePort();
  const hostKey = publicKey(keys["host"] ?? "");
  const lines = [
    `[127.0.0.1]:${port} ${hostKey}`,
    `[127.0.0.1]:${proxy.port} ${hostKey}`,
    `imposter ${publicKey(keys["stranger"] ?? "")}`,
  ];
  const known = join(folder, "known_hosts");
  writeFileSync(known, lines.map((line) => `${line}\n`).join(""));
  const user = `IdentityFile ${keys["user"]}`;
  const sshConfig = join(folder, "config");
  writeFileSync(
    sshConfig,
    [
      host("web1", port, user),
      host("cuttable", proxy.port, user),
      host("stranger", port, `IdentityFile ${keys["stranger"]}`),
      host("imposter", port, user, "HostKeyAlias imposter"),
      host("unknown", port, user, "HostKeyAlias unknown"),
      host("refused", closed, user),
      `Host *
  User ${userInfo().username}
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile ${known}
  GlobalKnownHostsFile /dev/null
`,
    ].join(""),
  );
  const runtime = join(folder, "r");
  mkdirSync(runtime, { mode: 0o700 });
  return {
    home,
    sshConfig,
    env: { TETRA_SSH_CONFIG: sshConfig, XDG_RUNTIME_DIR: runtime },
    cut: proxy.cut,
    async stop() {
      endSharedConnections(join(runtime, "tetra-ssh"));
      await proxy.close();
      sshd.kill();
      if (sshd.exitCode === null && sshd.signalCode === null) await once(sshd, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function host(name: string, port: number, ...more: readonly string[]): string {
  const lines = ["HostName 127.0.0.1", `Port ${port}`, ...more];
  return `Host ${name}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

function newKey(file: string): string {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", file]);
  return file;
}

function publicKey(file: string): string {
  return readFileSync(`${file}.pub`, "utf8").split(" ").slice(0, 2).join(" ");
}

async function startSshd(folder: string, port: number, home: string): Promise<ChildProcess> {
  const config = join(folder, "sshd_config");
  writeFileSync(
    config,
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${join(folder, "host")}`,
      `AuthorizedKeysFile ${join(folder, "user.pub")}`,
      `PidFile ${join(folder, "pid")}`,
      "UsePAM no",
      "StrictModes no",
      "PermitRootLogin yes",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "MaxStartups 100",
      `SetEnv HOME=${home} PATH=${process.env["PATH"] ?? ""}`,
      "",
    ].join("\n"),
  );
  // as root, sshd wants its empty folder
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const sshd = spawn(SSHD, ["-D", "-e", "-f", config], { stdio: ["ignore", "ignore", "pipe"] });
  const said: string[] = [];
  for await (const line of createInterface({ input: sshd.stderr })) {
    said.push(line);
    if (line.includes("Server listening")) {
      sshd.stderr.resume();
      return sshd;
    }
  }
  throw new Error(`sshd did not start: ${said.join("\n")}`);
}

function endSharedConnections(folder: string): void {
  if (!existsSync(folder)) return;
  for (const socket of readdirSync(folder)) {
    const control = `ControlPath=${join(folder, socket)}`;
    try {
      execFileSync("ssh", ["-F", "none", "-O", "exit", "-o", control, "x"], { stdio: "ignore" });
    } catch {
      // it has ended by itself
    }
  }
}

interface Proxy {
  readonly port: number;
  readonly cut: () => void;
  readonly close: () => Promise<void>;
}

async function cuttableProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    return socket;
  };
  const server = createServer((near) => {
    const far = keep(connect(target, "127.0.0.1"));
    keep(near).pipe(far).pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  });
  const port = await listen(server);
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  };
  return { port, cut, close };
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, "close");
  return port;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
