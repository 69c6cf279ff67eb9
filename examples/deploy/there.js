import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Writable } from "node:stream";
import { disconnect, execute, loadEndpoints, plan, pushFolder, requireAllowed } from "@tetra/tes";

const SITE = "~/hello";
const FETCH = "fetch(process.argv[1]).then(async (r) => console.log(r.status, await r.text()))";

/**
 * The machine that a symbol leads to, with the connections of the OpenSSH client.
 * @param {string} symbol
 * @param {string} root what describes symbols is there: `ttm/topology.json`, `config/tetra.toml`.
 * @returns {Promise<import("./here.js").Machine>}
 */
export async function there(symbol, root) {
  const topologyFile = join(root, "ttm/topology.json");
  const endpoints = loadEndpoints({ tetraDir: root, topologyFile, home: homedir() });
  const sshConfig = process.env["TETRA_SSH_CONFIG"];
  const connection = sshConfig === undefined ? {} : { sshConfig };

  const planned = (/** @type {readonly string[]} */ command, path = SITE) =>
    plan(symbol, { endpoints, operation: "execute", command, path });
  async function run(/** @type {readonly string[]} */ command, path = SITE) {
    const { exitStatus, stdout, stderr } = await execute(planned(command, path), connection);
    if (exitStatus === 0) return Buffer.from(stdout).toString().trim();
    throw new Error(`${symbol}: ${command[0]}: ${Buffer.from(stderr).toString().trim()}`);
  }
  const shell = (/** @type {string} */ script, word = "") => run(["sh", "-c", script, "sh", word]);

  requireAllowed(planned(["mkdir"]), { isInteractive: false }); // not @prod, just like that
  await run(["mkdir", "-p", "hello/releases"], "~");
  return {
    current: async () => (await shell("readlink current || :")) || undefined,
    async install(id, folder) {
      const path = `${SITE}/releases/${id}`;
      const write = plan(symbol, { endpoints, operation: "write", kind: "folder", path });
      await pushFolder(write, folder, connection);
      return `releases/${id}`;
    },
    async pointCurrentTo(link) {
      const swap = 'ln -s "$1" .next && mv -fT .next current && sync .';
      await (link === undefined ? shell("rm -f current") : shell(swap, link));
    },
    async start(signal) {
      const stopped = new AbortController();
      const port = listening();
      const service = planned(["node", "server.mjs"], `${SITE}/current`);
      // it lives as long as this: when the connection ends, so does the service
      const ended = execute(service, {
        ...connection,
        stdout: port.stdout,
        signal: AbortSignal.any([signal, stopped.signal]),
      }).then(() => {
        throw new Error(`${symbol}: the service ended`);
      });
      ended.catch(() => {}); // whoever waits for the port is told
      const { port: number } = await Promise.race([port.told, ended]);
      const stop = async () => {
        stopped.abort();
        await ended.catch(() => {});
      };
      return { pid: undefined, url: `http://127.0.0.1:${number}`, stop };
    },
    get: (url) => run(["node", "-e", FETCH, url]),
    leave: () => disconnect(planned(["true"]).binding.locator.handle.connector, connection),
  };
}

/** Takes what a service prints, and tells the address in its first line. */
function listening() {
  let text = "";
  /** @type {(address: { port: number }) => void} */
  let tell;
  /** @type {Promise<{ port: number }>} */
  const told = new Promise((resolve) => {
    tell = resolve;
  });
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      if (text.includes("\n")) tell(JSON.parse(text.split("\n", 1)[0] ?? ""));
      done();
    },
  });
  return { stdout, told };
}
