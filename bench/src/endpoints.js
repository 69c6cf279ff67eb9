import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { disconnect, endpoints, execute, fileContent, plan, topologySource } from "@tetra/tes";
import { inFolder, inTurn, median, millis, report } from "./measure.js";

const SSHD = "/usr/sbin/sshd";

/** A `topology.json` as people write it. @param {number} hosts */
function topologyOf(hosts) {
  const entries = Array.from({ length: hosts - 1 }, (_, at) => [
    `@host-${at}`,
    { type: "ssh", host: `10.0.${at >> 8}.${at & 255}`, auth_user: "root", user: "app", port: 22 },
  ]);
  const staging = { type: "ssh", host: "staging.example", auth_user: "root", user: "app" };
  return JSON.stringify(Object.fromEntries([...entries, ["@staging", staging]]), undefined, 2);
}

export async function resolution() {
  const text = topologyOf(1000);
  const load = () => endpoints([topologySource(text, "topology.json")]);
  const { a, b, ratio } = await inTurn({
    rounds: 15,
    a: () => millis(load),
    b: () => millis(() => JSON.parse(text)),
  });
  report({
    name: "load a topology of 1,000 hosts, against JSON.parse",
    figure: `${a.toFixed(2)} ms against ${b.toFixed(2)} ms; target < 30 ms`,
    ratio,
    target: "–",
    reached: a < 30,
  });
  const loads = [];
  for (let round = 0; round < 15; round += 1) {
    const known = load();
    loads.push(
      await millis(() =>
        plan("@staging", { endpoints: known, operation: "write", path: "~/app/x" }),
      ),
    );
  }
  const resolved = median(loads);
  report({
    name: "@staging to a plan, of a millisecond",
    figure: `${(resolved * 1000).toFixed(0)} µs`,
    ratio: resolved,
    target: "< 1.00",
    reached: resolved < 1,
  });
}

/**
 * A real sshd on loopback with keys, a configuration and a home of its own: what a login shell's start-up
 * files do would be in every figure.
 * @param {string} folder
 */
async function startSshd(folder) {
  for (const name of ["host", "key"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
  }
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  server.close();
  await once(server, "close");
  copyFileSync(join(folder, "key.pub"), join(folder, "authorized_keys"));
  writeFileSync(
    join(folder, "sshd_config"),
    `ListenAddress 127.0.0.1:${port}
HostKey ${join(folder, "host")}
AuthorizedKeysFile ${join(folder, "authorized_keys")}
PidFile ${join(folder, "pid")}
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
Subsystem sftp internal-sftp
SetEnv HOME=${folder}
`,
  );
  const config = join(folder, "ssh_config");
  writeFileSync(
    join(folder, "known_hosts"),
    `[127.0.0.1]:${port} ${readFileSync(join(folder, "host.pub"), "utf8")}`,
  );
  writeFileSync(
    config,
    `Host bench
  HostName 127.0.0.1
  Port ${port}
  User ${userInfo().username}
  IdentityFile ${join(folder, "key")}
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile ${join(folder, "known_hosts")}
  GlobalKnownHostsFile /dev/null
`,
  );
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  const child = spawn(SSHD, ["-D", "-e", "-f", join(folder, "sshd_config")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  for await (const line of createInterface({ input: child.stderr })) {
    if (line.includes("Server listening")) break;
  }
  child.stderr.resume();
  return {
    config,
    stop: async () => {
      child.kill();
      await once(child, "exit");
    },
  };
}

/** @param {(bench: { folder: string, config: string }) => Promise<void>} run */
async function withSshd(run) {
  if (!existsSync(SSHD)) {
    process.stdout.write(`skip ssh: ${SSHD} is missing\n`);
    return;
  }
  await inFolder(async (folder) => {
    const sshd = await startSshd(folder);
    try {
      await run({ folder, config: sshd.config });
    } finally {
      await sshd.stop();
    }
  });
}

/** @param {string} program @param {readonly string[]} args */
function tool(program, args) {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
}

const known = endpoints();
const flags = { host: "bench" };

export async function sharedConnection() {
  await withSshd(async ({ folder, config }) => {
    const command = plan("@t", {
      endpoints: known,
      flags,
      operation: "execute",
      command: ["true"],
    });
    const connector = command.binding.locator.handle.connector;
    const options = { sshConfig: config, controlFolder: join(folder, "c") };
    const { a, b, ratio } = await inTurn({
      rounds: 7,
      a: () =>
        millis(() => {
          for (let at = 0; at < 10; at += 1)
            tool("ssh", ["-F", config, "-o", "BatchMode=yes", "bench", "true"]);
        }),
      b: async () => {
        const ms = await millis(async () => {
          for (let at = 0; at < 10; at += 1) await execute(command, options);
        });
        // the next round pays for its own handshake
        await disconnect(connector, options);
        return ms;
      },
    });
    report({
      name: "ten plain ssh calls, against ten commands of ours",
      figure: `${a.toFixed(0)} ms against ${b.toFixed(0)} ms, handshake included`,
      ratio,
      target: "≥ 3.00",
      reached: ratio >= 3,
    });
  });
}

export async function writing() {
  await withSshd(async ({ folder, config }) => {
    const source = join(folder, "source");
    writeFileSync(source, Buffer.alloc(100 * 1024 * 1024, "tetra "));
    const write = plan("@t", {
      endpoints: known,
      flags,
      operation: "write",
      path: join(folder, "ours"),
    });
    const options = { sshConfig: config, controlFolder: join(folder, "c") };
    const { a, b, ratio } = await inTurn({
      rounds: 5,
      a: () =>
        millis(async () => execute(write, { ...options, content: await fileContent(source) })),
      b: () =>
        millis(() => tool("scp", ["-q", "-F", config, source, `bench:${join(folder, "theirs")}`])),
    });
    await disconnect(write.binding.locator.handle.connector, options);
    report({
      name: "write 100 MB, against scp (which flushes nothing)",
      figure: `${a.toFixed(0)} ms against ${b.toFixed(0)} ms`,
      ratio,
      target: "≤ 1.20",
      reached: ratio <= 1.2,
    });
  });
}
