// Deploys a small web service with a transaction: version 1.0.0, which is healthy, then 2.0.0, which is
// not and is undone. Everything it makes stays in $TETRA_DIR, or in a temporary folder.
import * as files from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import process from "node:process";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import * as durable from "@tetra/durable-fs";
import { destination } from "@tetra/tes";
import { openFolderStore } from "@tetra/ttm-fs";
import { transactionManager } from "@tetra/tts-core";
import { packTar, unpackTar } from "modern-tar/fs";
import { build } from "rolldown";
import { startService } from "./service-process.js";

const here = import.meta.dirname;
const root = resolve(process.env["TETRA_DIR"] || files.mkdtempSync(join(tmpdir(), "tetra-demo-")));
const site = join(root, "hello");
const current = join(site, "current");
const fs = durable.nodeFileSystem();
const store = await openFolderStore({ folder: join(root, "ttm/txns") });
const manager = transactionManager({
  store,
  clock: { now: Date.now, offsetMinutes: (atMs) => -new Date(atMs).getTimezoneOffset() },
  resolver: { resolve: async (target) => destination(target) },
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
  const before = files.existsSync(current) ? files.readlinkSync(current) : undefined;
  const { id } = await manager.create({ description: `deploy hello ${version}`, target: "@local" });
  tell("NEW", id);
  let candidate;
  try {
    await manager.transition("SELECT", id);
    const scratch = store.paths(id).build; // a transaction's place for intermediate files
    const artifact = await addEvidence(id, "artifact", await buildArtifact(version, scratch));
    const config = await addEvidence(id, "config", join(here, `config/${version}/service.json`));

    await manager.transition("ASSEMBLE", id);
    const { target, plan } = await manager.resolveTarget(id);
    tell("ASSEMBLE", `${target} → ${plan}`);

    await manager.transition("EXECUTE", id);
    const unpacked = join(scratch, "release");
    await pipeline(files.createReadStream(artifact), createGunzip(), unpackTar(unpacked));
    files.copyFileSync(config, join(unpacked, "service.json"));
    const release = join(site, "releases", id);
    await durable.copyTree(fs, unpacked, release);
    durable.flushFolder(fs, join(site, "releases")); // on the disk before the link points there
    pointCurrentTo(relative(site, release));
    tell("EXECUTE", `current → ${files.readlinkSync(current)}`);
    candidate = await startService(files.realpathSync(current), interrupted.signal);
    tell("EXECUTE", `process ${candidate.pid} listens at ${candidate.url}`);
    await manager.update(id, { release, url: candidate.url });

    await manager.transition("VALIDATE", id);
    const health = await get(`${candidate.url}/health`);
    tell("VALIDATE", `GET /health → ${health}`);
    if (!health.startsWith("200")) throw new Error(`GET /health → ${health}`);
    await manager.commit(id);
  } catch (error) {
    pointCurrentTo(before);
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
  const [sources, folder] = [join(here, "service"), join(scratch, "hello")];
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

/** Switches the link in one step, for good: it is as it was before, or as it shall be. */
function pointCurrentTo(/** @type {string | undefined} */ link) {
  if (link === undefined) files.rmSync(current, { force: true });
  else durable.swapLink(fs, link, current);
  durable.flushFolder(fs, site);
}

async function get(/** @type {string} */ url) {
  const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(10_000)]);
  const response = await fetch(url, { signal });
  return `${response.status} ${(await response.text()).trim()}`;
}

durable.makeFolders(fs, join(site, "releases"), { durable: true });
// one deploy at a time
const lock = await durable.lockFile(fs, join(site, "lock"), { offset: 0, length: 1 });
try {
  await deploy("1.0.0");
  const failed = await deploy("2.0.0");
  print(`\nStill serving: ${await get(serving?.url ?? "")}`);
  print(`\nEverything is kept. Look at it:
  bin/ttm --dir "${root}" status
  cd "${root}"
  cat ttm/txns/${failed}/state.json
  cat ttm/txns/${failed}/events.ndjson
  ls -l ttm/txns/${failed}/ctx hello`);
} catch (error) {
  if (!interrupted.signal.aborted) throw error;
  process.exitCode = 130;
} finally {
  await serving?.stop();
  lock.release();
  await store.close();
}
