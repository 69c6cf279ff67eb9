import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const SSHD = "/usr/sbin/sshd";

/** Why these tests cannot run here; `undefined` when they can. */
export const SSHD_MISSING: string | undefined = existsSync(SSHD) ? undefined : `needs ${SSHD}`;

/** Whether absent programs make tests fail instead of skipping them. */
export const TOOLS_REQUIRED: boolean = process.env["TETRA_REQUIRE_TOOLS"] === "1";

/** A folder with keys, whose path is short enough for sockets. */
export interface SshFolder {
  readonly path: string;
  /** A private key that the servers accept. */
  readonly key: string;
  /** Another one, that they do not know. */
  readonly strangerKey: string;
  /** The home of who logs in. */
  readonly home: string;
  remove(): void;
}

/** A real sshd on loopback. */
export interface TestSshd {
  readonly port: number;
  /** Its public host key, as a line of known_hosts without the host. */
  readonly hostKey: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Who can log in here: whoever runs the tests. */
export const USER: string = userInfo().username;

export function sshFolder(): SshFolder {
  const path = mkdtempSync(join(tmpdir(), "tes-"));
  const key = newKey(join(path, "key"));
  const strangerKey = newKey(join(path, "stranger"));
  writeFileSync(join(path, "authorized_keys"), readFileSync(`${key}.pub`));
  const home = join(path, "home");
  mkdirSync(home);
  return {
    path,
    key,
    strangerKey,
    home,
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

function newKey(file: string): string {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
  return file;
}

/** Starts a server with a host key of its own. `env`: what its commands see; their home is the folder's. */
export async function startSshd(
  folder: SshFolder,
  { env = {} }: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<TestSshd> {
  const own = mkdtempSync(join(folder.path, "sshd-"));
  const hostKey = newKey(join(own, "host"));
  const port = await freePort();
  const config = join(own, "config");
  writeFileSync(
    config,
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${join(folder.path, "authorized_keys")}`,
      `PidFile ${join(own, "pid")}`,
      "UsePAM no",
      "StrictModes no",
      "PermitRootLogin yes",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "MaxStartups 100",
      `SetEnv ${Object.entries({ HOME: folder.home, TMPDIR: folder.home, ...env })
        .map(([name, value]) => `${name}=${value}`)
        .join(" ")}`,
      "",
    ].join("\n"),
  );
  // as root, sshd wants its empty folder
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const child = spawn(SSHD, ["-D", "-e", "-f", config], { stdio: ["ignore", "ignore", "pipe"] });
  await listening(child);
  const [type = "", blob = ""] = readFileSync(`${hostKey}.pub`, "utf8").split(" ");
  return {
    port,
    hostKey: `${type} ${blob}`,
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill();
      await once(child, "exit");
    },
  };
}

async function listening(child: ChildProcess): Promise<void> {
  if (child.stderr === null) throw new Error("no stderr");
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    if (line.includes("Server listening")) {
      child.stderr.resume();
      return;
    }
  }
  throw new Error(`sshd did not start: ${said.join("\n")}`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** One `Host` of an ssh configuration. */
export interface TestHost {
  readonly name: string;
  readonly port: number;
  readonly hostName?: string;
  readonly key?: string;
  readonly lines?: readonly string[];
}

/** Writes an ssh configuration that touches nothing of the user's, and its known_hosts. */
export function writeSshConfig(
  folder: SshFolder,
  hosts: readonly TestHost[],
  knownHosts: readonly string[],
): string {
  const known = join(folder.path, "known_hosts");
  writeFileSync(known, knownHosts.map((line) => `${line}\n`).join(""));
  const file = join(folder.path, "config");
  const blocks = hosts.flatMap(
    ({ name, port, hostName = "127.0.0.1", key = folder.key, lines = [] }) => [
      `Host ${name}`,
      `  HostName ${hostName}`,
      `  Port ${port}`,
      `  User ${USER}`,
      `  IdentityFile ${key}`,
      ...lines.map((line) => `  ${line}`),
    ],
  );
  const common = [
    "Host *",
    "  IdentitiesOnly yes",
    "  IdentityAgent none",
    `  UserKnownHostsFile ${known}`,
    "  GlobalKnownHostsFile /dev/null",
  ];
  writeFileSync(file, `${[...blocks, ...common].join("\n")}\n`);
  return file;
}

/** The line of known_hosts for a server. */
export function knownHost({ port, hostKey }: Pick<TestSshd, "port" | "hostKey">): string {
  return `[127.0.0.1]:${port} ${hostKey}`;
}
