import { closeSync, fdatasyncSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { nodeFileSystem } from "@tetra/durable-fs";
import { countingFileSystem, slowFlush } from "@tetra/durable-fs/testing";
import { openFolderStore } from "@tetra/ttm-fs";
import { begin, newEvent, STANDARD } from "@tetra/tts-core";
import { inFolder, inTurn, millis, report } from "./measure.js";

const atMs = 1_769_851_800_000;
const BEGINNING = { description: "bench", target: "@local", agent: "bench", atMs };

/** @param {number} at */
const move = (at) => newEvent("stage_transition", atMs + at, { from: "EXECUTE", to: "EXECUTE" });

/** @param {import("@tetra/ttm-fs").FolderStore} store @param {string} id */
const create = (store, id) => store.create(id, begin(id, BEGINNING, STANDARD));

/**
 * @param {string} folder
 * @param {import("@tetra/durable-fs").FileSystem} [fs]
 */
const open = (folder, fs = nodeFileSystem()) => openFolderStore({ folder: join(folder, "txns"), fs });

/** Write + fdatasync of lines as long as ours, nothing else. @param {string} path @param {number} count */
function bareAppends(path, count) {
  const line = `${JSON.stringify({ ts: "2026-01-31T09:30:00Z", event: "stage_transition", from: "EXECUTE", to: "EXECUTE", seq: 10, ts_ms: atMs })}\n`;
  const fd = openSync(path, "a");
  for (let at = 0; at < count; at += 1) {
    writeSync(fd, line);
    fdatasyncSync(fd);
  }
  closeSync(fd);
}

const COUNT = 300;

export async function appendsOneAfterAnother() {
  await inFolder(async (folder) => {
    const store = await open(folder);
    let round = 0;
    for (const leased of [false, true]) {
      const { a, b, ratio } = await inTurn({
        rounds: 7,
        a: async () => {
          const id = `t-${(round += 1)}`;
          let revision = await create(store, id);
          const lease = leased ? await store.lease(id, { name: "bench", atMs }) : undefined;
          const options = lease === undefined ? {} : { fence: lease.fence };
          revision = lease?.revision ?? revision;
          const ms = await millis(async () => {
            for (let at = 0; at < COUNT; at += 1) {
              revision = await store.append(id, revision, [move(at)], options);
            }
          });
          await lease?.release();
          return COUNT / ms;
        },
        b: async () => COUNT / (await millis(() => bareAppends(join(folder, `bare-${round}`), COUNT))),
      });
      report({
        name: leased ? "append under a lease, against write + fdatasync" : "append, state kept, against write + fdatasync",
        figure: `${(a * 1000).toFixed(0)}/s against ${(b * 1000).toFixed(0)}/s`,
        ratio,
        target: leased ? "≥ 0.75" : "≥ 0.40",
        reached: ratio >= (leased ? 0.75 : 0.4),
      });
    }
    await store.close();
  });
}

/** The three flushes that a new folder needs, and what there must be to flush. @param {string} root @param {string} name */
function bareCreate(root, name) {
  const hidden = join(root, `.${name}`);
  mkdirSync(hidden);
  const log = openSync(join(hidden, "events.ndjson"), "a");
  writeSync(log, `${JSON.stringify({ ts: "2026-01-31T09:30:00Z", event: "txn_start", txn_id: name, description: "bench", seq: 0, ts_ms: atMs, target: "@local", agent: "bench", stage: "NEW" })}\n`);
  fdatasyncSync(log);
  closeSync(log);
  for (const [path, then] of /** @type {const} */ ([[hidden, () => renameSync(hidden, join(root, name))], [root, () => undefined]])) {
    const fd = openSync(path, "r");
    fsyncSync(fd);
    closeSync(fd);
    then();
  }
}

export async function creation() {
  await inFolder(async (folder) => {
    const store = await open(folder);
    const bare = join(folder, "bare");
    mkdirSync(bare);
    let round = 0;
    const each = 50;
    const { a, b, ratio } = await inTurn({
      rounds: 7,
      a: () => {
        round += 1;
        return millis(async () => {
          for (let at = 0; at < each; at += 1) await create(store, `t-${round}-${at}`);
        });
      },
      b: () => millis(() => {
        for (let at = 0; at < each; at += 1) bareCreate(bare, `t-${round}-${at}`);
      }),
    });
    report({
      name: "create, against its three flushes",
      figure: `${((a / each) * 1000).toFixed(0)} µs against ${((b / each) * 1000).toFixed(0)} µs`,
      ratio,
      target: "≤ 1.50",
      reached: ratio <= 1.5,
    });
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
