// Deploys a small web service with a transaction: version 1.0.0, which is healthy, then 2.0.0, which is
// not and is undone. `node deploy.js` deploys to this machine, `node deploy.js @staging` to wherever that
// leads. Everything it makes here stays in $TETRA_DIR, or in a temporary folder.
import * as files from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import * as durable from "@tetra/durable-fs";
import { destination, parseTopology } from "@tetra/tes";
import { openFolderStore } from "@tetra/ttm-fs";
import { transactionManager } from "@tetra/tts-core";
import { packTar, unpackTar } from "modern-tar/fs";
import { build } from "rolldown";
import { here } from "./here.js";
import { there } from "./there.js";

const own = import.meta.dirname;
const [, , target = "@local"] = process.argv;
const root = resolve(process.env["TETRA_DIR"] || files.mkdtempSync(join(tmpdir(), "tetra-demo-")));
const fs = durable.nodeFileSystem();
const store = await openFolderStore({ folder: join(root, "ttm/txns") });
const manager = transactionManager({
  store,
  clock: { now: Date.now, offsetMinutes: (atMs) => -new Date(atMs).getTimezoneOffset() },
  resolver: { resolve: async (symbol) => destination(symbol, topology()) },
});

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => interrupted.abort(new Error(`interrupted by ${signal}`)));
}

const print = (/** @type {string} */ line) => process.stdout.write(`${line}\n`);
const tell = (/** @type {string} */ stage, /** @type {string} */ what) =>
  print(`  ${stage.padEnd(8)}  ${what}`);

/** @type {import("./service-process.js").ServiceProcess | undefined} */
let serving;

/** Deploys a version. When anything fails, all is put back before the transaction ends in FAIL. */
async function deploy(/** @type {string} */ version) {
  print(`\nDeploying hello ${version}`);
  const before = await machine.current();
  const { id } = await manager.create({ description: `deploy hello ${version}`, target });
  tell("NEW", id);
  let candidate;
  try {
    await manager.transition("SELECT", id);
    const scratch = store.paths(id).build; // a transaction's place for intermediate files
    const artifact = await addEvidence(id, "artifact", await buildArtifact(version, scratch));
    const config = await addEvidence(id, "config", join(own, `config/${version}/service.json`));

    await manager.transition("ASSEMBLE", id);
    const { plan } = await manager.resolveTarget(id);
    tell("ASSEMBLE", `${target} → ${plan}`);

    await manager.transition("EXECUTE", id);
    const unpacked = join(scratch, "release");
    await pipeline(files.createReadStream(artifact), createGunzip(), unpackTar(unpacked));
    files.copyFileSync(config, join(unpacked, "service.json"));
    const release = await machine.install(id, unpacked);
    await machine.pointCurrentTo(release);
    tell("EXECUTE", `current → ${release}`);
    candidate = await machine.start(interrupted.signal);
    tell("EXECUTE", `${processOf(candidate)} listens at ${candidate.url}`);
    await manager.update(id, { release, url: candidate.url });

    await manager.transition("VALIDATE", id);
    const health = await machine.get(`${candidate.url}/health`, patience());
    tell("VALIDATE", `GET /health → ${health}`);
    if (!health.startsWith("200")) throw new Error(`GET /health → ${health}`);
    await manager.commit(id);
  } catch (error) {
    await machine.pointCurrentTo(before);
    await candidate?.stop();
    await manager.fail(error instanceof Error ? error.message : String(error), id);
    tell("FAIL", `undone: current → ${before ?? "nothing"}`);
    interrupted.signal.throwIfAborted();
    return id;
  }
  await serving?.stop();
  serving = candidate;
  tell("DONE", "committed");
  return id;
}

/** Builds the service into one file, packs it with what it reads, and returns the archive's path. */
async function buildArtifact(/** @type {string} */ version, /** @type {string} */ scratch) {
  const [sources, folder] = [join(own, "service"), join(scratch, "hello")];
  await build({
    input: join(sources, "server.js"),
    platform: "node",
    transform: { define: { VERSION: JSON.stringify(version) } },
    output: { file: join(folder, "server.mjs") },
  });
  files.copyFileSync(join(sources, "greeting.txt"), join(folder, "greeting.txt"));
  await pipeline(packTar(folder), createGzip(), files.createWriteStream(`${folder}.tar.gz`));
  return `${folder}.tar.gz`;
}

/** Copies a file into the transaction, and returns where it is now. */
async function addEvidence(
  /** @type {string} */ id,
  /** @type {string} */ description,
  /** @type {string} */ path,
) {
  const { name, digest } = await manager.addContext({ source: { path }, description }, id);
  tell("SELECT", `${name}  sha256 ${digest}`);
  return join(store.paths(id).context, name);
}

/** What is known of a service elsewhere is only where it listens. */
const processOf = (/** @type {import("./service-process.js").ServiceProcess} */ { pid }) =>
  pid === undefined ? "the service" : `process ${pid}`;

/** Ten seconds, unless somebody interrupts. */
const patience = () => AbortSignal.any([interrupted.signal, AbortSignal.timeout(10_000)]);

/** What `ttm/topology.json` says, if it is there. */
function topology() {
  const file = join(root, "ttm/topology.json");
  return files.existsSync(file) ? parseTopology(files.readFileSync(file, "utf8"), file) : undefined;
}

durable.makeFolders(fs, root, { durable: true });
// one deploy at a time
const lock = await durable.lockFile(fs, join(root, "lock"), { offset: 0, length: 1 });
const machine = target === "@local" ? here(join(root, "hello")) : await there(target, root);
try {
  await deploy("1.0.0");
  const failed = await deploy("2.0.0");
  print(`\nStill serving: ${await machine.get(serving?.url ?? "", patience())}`);
  print(`\nEverything is kept. Look at it:
  bin/ttm --dir "${root}" status
  cd "${root}"
  cat ttm/txns/${failed}/state.json
  cat ttm/txns/${failed}/events.ndjson
  ls -l ttm/txns/${failed}/ctx${target === "@local" ? " hello" : ""}`);
} catch (error) {
  if (!interrupted.signal.aborted) throw error;
  process.exitCode = 130;
} finally {
  await serving?.stop();
  await machine.leave();
  lock.release();
  await store.close();
}
