import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { nodeFileSystem } from "@tetra/durable-fs";
import { countingFileSystem, slowFlush } from "@tetra/durable-fs/testing";
import { openFolderStore } from "@tetra/ttm-fs";
import { begin, newEvent, STANDARD } from "@tetra/tts-core";
import { inFolder, inTurn, millis, report } from "./measure.js";

const atMs = 1_769_851_800_000;
const BEGINNING = { description: "bench", target: "@local", agent: "bench", atMs };

/** A change that shows in the state. @param {number} at */
const move = (at) =>
  newEvent("stage_transition", atMs + 1000 * at, { from: "EXECUTE", to: "EXECUTE" });

/** @param {import("@tetra/ttm-fs").FolderStore} store @param {string} id */
const create = (store, id) => store.create(id, begin(id, BEGINNING, STANDARD));

/**
 * @param {string} folder
 * @param {import("@tetra/durable-fs").FileSystem} [fs]
 */
const open = (folder, fs = nodeFileSystem()) =>
  openFolderStore({ folder: join(folder, "txns"), fs });

const LINE = `${JSON.stringify({ ts: "2026-01-31T09:30:00Z", event: "stage_transition", from: "EXECUTE", to: "EXECUTE", seq: 10, ts_ms: atMs })}\n`;

/** Write + fdatasync of lines as long as ours, nothing else. @param {number} fd @param {number} count */
function bareAppends(fd, count) {
  for (let at = 0; at < count; at += 1) {
    writeSync(fd, LINE);
    fdatasyncSync(fd);
  }
}

/** Few at a time, and many times in turn: a disk that others use as well changes from moment to moment. */
const COUNT = 20;

export async function appendsOneAfterAnother() {
  await inFolder(async (folder) => {
    const store = await open(folder);
    const bare = openSync(join(folder, "bare"), "a");
    for (const leased of [false, true]) {
      const id = `t-${leased}`;
      let revision = await create(store, id);
      const lease = leased ? await store.lease(id, { name: "bench", atMs }) : undefined;
      const options = lease === undefined ? {} : { fence: lease.fence };
      revision = lease?.revision ?? revision;
      const { a, b, ratio } = await inTurn({
        rounds: 100,
        warmUp: 20,
        a: async () => {
          const ms = await millis(async () => {
            for (let at = 0; at < COUNT; at += 1) {
              revision = await store.append(id, revision, [move(revision)], options);
            }
          });
          return COUNT / ms;
        },
        b: async () => COUNT / (await millis(() => bareAppends(bare, COUNT))),
      });
      await lease?.release();
      report({
        name: leased
          ? "append under a lease, against write + fdatasync"
          : "append, state kept, against write + fdatasync",
        figure: `${(a * 1000).toFixed(0)}/s against ${(b * 1000).toFixed(0)}/s`,
        ratio,
        target: leased ? "≥ 0.75" : "≥ 0.40",
        reached: ratio >= (leased ? 0.75 : 0.4),
      });
    }
    closeSync(bare);
    await store.close();
  });
}

/**
 * The three flushes that a new folder needs, and what there must be to flush.
 * @param {string} root
 * @param {string} name
 * @param {{ folders: readonly string[], files: readonly string[] }} parts what is made beside the log
 */
function bareCreate(root, name, { folders, files }) {
  const hidden = join(root, `.${name}`);
  mkdirSync(hidden);
  for (const folder of folders) mkdirSync(join(hidden, folder));
  for (const file of files) writeFileSync(join(hidden, file), "x".repeat(300));
  const log = openSync(join(hidden, "events.ndjson"), "a");
  const first = {
    ts: "2026-01-31T09:30:00Z",
    event: "txn_start",
    txn_id: name,
    description: "bench",
    seq: 0,
    ts_ms: atMs,
  };
  writeSync(
    log,
    `${JSON.stringify({ ...first, target: "@local", agent: "bench", stage: "NEW" })}\n`,
  );
  fdatasyncSync(log);
  closeSync(log);
  flushFolder(hidden);
  renameSync(hidden, join(root, name));
  flushFolder(root);
}

/** @param {string} path */
function flushFolder(path) {
  const fd = openSync(path, "r");
  fsyncSync(fd);
  closeSync(fd);
}

const LOG_ALONE = { folders: [], files: [] };
const SAME_TREE = {
  folders: ["locks", "ctx", "build", "artifacts"],
  files: ["locks/txn", "state.json", "ctx/000_policy.md", "ctx/010_request.md"],
};

export async function creation() {
  await inFolder(async (folder) => {
    const store = await open(folder);
    const bare = join(folder, "bare");
    mkdirSync(bare);
    let count = 0;
    for (const { parts, name, target } of [
      {
        parts: SAME_TREE,
        name: "create, against the same tree and its three flushes",
        target: 1.5,
      },
      {
        parts: LOG_ALONE,
        name: "create, against a folder with nothing but a log",
        target: undefined,
      },
    ]) {
      const { a, b, ratio } = await inTurn({
        rounds: 150,
        a: () => millis(() => create(store, `t-${(count += 1)}`)),
        b: () => millis(() => bareCreate(bare, `t-${count}`, parts)),
      });
      const figure = `${(a * 1000).toFixed(0)} µs against ${(b * 1000).toFixed(0)} µs`;
      report(
        target === undefined
          ? { name, figure, ratio, target: "for comparison", reached: true }
          : { name, figure, ratio, target: "≤ 1.50", reached: ratio <= target },
      );
    }
    await store.close();
  });
}

/** @param {number} extraMs */
export async function manyAtOnce(extraMs) {
  await inFolder(async (folder) => {
    const counted = countingFileSystem(nodeFileSystem());
    const store = await open(folder, extraMs === 0 ? counted.fs : slowFlush(counted.fs, extraMs));
    const ids = Array.from({ length: 64 }, (_, at) => `t-${at}`);
    /** @type {Map<string, number>} */ const revisions = new Map();
    for (const id of ids) revisions.set(id, await create(store, id));
    /** @param {string} id @param {number} count */
    const appends = async (id, count) => {
      let revision = revisions.get(id) ?? 0;
      for (let at = 0; at < count; at += 1) revision = await store.append(id, revision, [move(at)]);
      revisions.set(id, revision);
    };
    const alone = extraMs === 0 ? 300 : 60;
    const each = 100;
    let flushesAlone = 0;
    let flushesTogether = 0;
    const { a, b, ratio } = await inTurn({
      rounds: 5,
      a: async () => {
        counted.reset();
        const ms = await millis(() => Promise.all(ids.map((id) => appends(id, each))));
        flushesTogether = counted.flushes() / (ids.length * each);
        return (ids.length * each) / ms;
      },
      b: async () => {
        counted.reset();
        const ms = await millis(() => appends("t-0", alone));
        flushesAlone = counted.flushes() / alone;
        return alone / ms;
      },
    });
    const target = extraMs === 0 ? 6 : 15;
    report({
      name: `64 transactions at once, against one after another${extraMs === 0 ? "" : `, +${extraMs} ms a flush`}`,
      figure: `${(a * 1000).toFixed(0)}/s against ${(b * 1000).toFixed(0)}/s; ${flushesTogether.toFixed(3)} against ${flushesAlone.toFixed(2)} flushes each`,
      ratio,
      target: `≥ ${target}`,
      reached: ratio >= target,
    });
    await store.close();
  });
}
