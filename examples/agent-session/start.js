// The story: an agent deploys a release that does not pass its checks, and undoes it; then one that does, and
// commits it. Nothing restarts the shop before a person has approved that. All processes are real.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { inspect } from "node:util";
import { checks, connect, deployment } from "./agent.js";

const BIN = join(import.meta.dirname, "../../bin");
const INDENT = " ".repeat(8);
const folder = realpathSync(mkdtempSync(join(tmpdir(), "example-agent-session-")));
const shop = join(folder, "shop");
const port = await freePort();

/** @type {Record<string, string>} */
const env = {
  ...Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ""])),
  TETRA_DIR: join(folder, ".tetra"),
  TETRA_NO_DAEMON: "1",
  SHOP_PORT: String(port),
  PATH: [BIN, process.env["PATH"]].join(delimiter),
};

/** Without what is another one on each machine. @param {string} text */
function say(text) {
  const { username } = userInfo();
  const told = text.replaceAll(folder, "~").replaceAll(`plan: ${username},`, "plan: you,");
  process.stdout.write(`${told}\n`);
}

/** Behind who it is: the lines of what they do, then of what comes of it. @param {string} text */
const indented = (text) =>
  text
    .split("\n")
    .map((line) => `${INDENT}${line}`.trimEnd())
    .join("\n");

/** What a person types. @param {string} program @param {readonly string[]} args */
function person(program, ...args) {
  const command = program === "node" ? process.execPath : join(BIN, program);
  const { stdout, stderr } = spawnSync(command, args, { cwd: shop, env, encoding: "utf8" });
  const typed = args.map((word) => (/^[\w@./=-]+$/u.test(word) ? word : JSON.stringify(word)));
  say(`person  $ ${program} ${typed.join(" ")}`);
  say(indented(`${stdout}${stderr}`.trimEnd()));
}

/** What an agent calls, and what it is told. @param {string} tool @param {object} input @param {string} text */
function heard(tool, input, text) {
  const given = inspect(input, { depth: null, breakLength: 90, compact: 3 });
  say(`agent   ${indented(`${tool} ${given}`).trimStart()}`);
  say(indented(text));
}

function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  return once(server, "listening").then(async () => {
    const address = server.address();
    server.close();
    await once(server, "close");
    return typeof address === "object" && address !== null ? address.port : 0;
  });
}

/** A release as it comes from a build. @param {string} name @param {object} content */
function release(name, content) {
  mkdirSync(join(shop, name), { recursive: true });
  writeFileSync(join(shop, name, "release.json"), JSON.stringify(content));
}

/** @param {{ readonly version: string, readonly why: string }} wanted */
async function deploy({ version, why }) {
  const { call, close } = await connect({ command: join(BIN, "ttm"), cwd: shop, env, heard });
  const { id } = await call("open_transaction", { description: `deploy shop ${version}` });
  await call("add_evidence", {
    id,
    description: "release",
    path: `incoming/${version}/release.json`,
  });
  await call("propose_steps", { id, name: "deploy", steps: deployment(version) });
  const waiting = call("wait_for_approval", { id });
  person("ttm", "saga", "approve", id, "--why", why);
  await waiting;
  await call("run_steps", { id });
  const { validation } = await call("validate_transaction", { id, checks: checks(version) });
  const isValid =
    typeof validation === "object" && Reflect.get(validation ?? {}, "passed") === true;
  if (isValid) await call("commit_transaction", { id });
  else await call("undo_transaction", { id, reason: "the greeting is gone" });
  await close();
}

cpSync(join(import.meta.dirname, "shop"), shop, { recursive: true });
release("releases/1.0.0", { version: "1.0.0", greeting: "hello" });
release("incoming/2.0.0", { version: "2.0.0" });
release("incoming/2.0.1", { version: "2.0.1", greeting: "hello" });
symlinkSync("releases/1.0.0", join(shop, "live"));
mkdirSync(join(folder, ".tetra/config"), { recursive: true });
cpSync(join(shop, "agents.json"), join(folder, ".tetra/config/agents.json"));

try {
  say("# The shop runs");
  person("tsm", "save", "--port", String(port), "--ready", "tcp", "shop", "node", "server.js");
  person("tsm", "start", "shop");

  say("\n# What the policy does not allow");
  const { call, close } = await connect({ command: join(BIN, "ttm"), cwd: shop, env, heard });
  const { id } = await call("open_transaction", { description: "tidy up" });
  await call("propose_steps", {
    id,
    steps: [{ name: "tidy", run: ["rm", "-rf", "releases/../live"] }],
  });
  await call("cancel_transaction", { id, reason: "not allowed" });
  await close();

  say("\n# A release that does not pass");
  await deploy({ version: "2.0.0", why: "CAB-12" });
  person("node", "check.js", "/version", "1.0.0");

  say("\n# A release that does");
  await deploy({ version: "2.0.1", why: "CAB-13" });
  person("node", "check.js", "/version", "2.0.1");

  say("\n# What is kept");
  person("ttm", "list");
} finally {
  spawnSync(join(BIN, "tsm"), ["delete", "shop", "--force"], { env, stdio: "ignore" });
  rmSync(folder, { recursive: true, force: true });
}
