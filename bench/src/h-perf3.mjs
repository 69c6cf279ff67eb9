import { mkdtempSync, rmSync } from "node:fs";
import { nodeFileSystem } from "@tetra/durable-fs";
import { countingFileSystem } from "@tetra/durable-fs/testing";
import { openFolderStore } from "@tetra/ttm-fs";
import { twoPhaseCommit } from "@tetra/tts-core/two-phase-commit";
const base = process.env.BASE ?? "/tmp/h-perf3";
const med = (a) => a.toSorted((x, y) => x - y)[a.length >> 1];
const folder = mkdtempSync(base + "/b-");
const counted = countingFileSystem(nodeFileSystem());
const inner = await openFolderStore({ folder: folder + "/txns", fs: counted.fs });
let listMs = 0;
const store = { ...inner, list: async (q) => { const t = performance.now(); const r = await inner.list(q); listMs = performance.now() - t; return r; } };
const tpc = twoPhaseCommit({ store, clock: { now: Date.now, offsetMinutes: () => 0 }, timer: { until: async () => {} }, random: Math.random });
const p = (name) => ({ name, writeSet: async () => [], prepare: async () => "yes", commit: async () => {}, rollback: async () => {}, recover: async () => [] });
const total = Number(process.argv[2] ?? 1000);
let rows = { list: [], begin: [], commit: [], flushes: [] };
for (let i = 1; i <= total; i++) {
  counted.reset?.();
  const t = performance.now();
  const id = await tpc.begin({ session: "b", description: `n-${i}`, participants: [p("a"), p("b")] });
  const t1 = performance.now();
  await tpc.touch(id, { writes: [`k-${i}`] });
  await tpc.commit(id);
  rows.begin.push(t1 - t); rows.commit.push(performance.now() - t1); rows.list.push(listMs); rows.flushes.push(counted.flushes());
  if (i === 50 || i === 100 || i % 250 === 0) { console.log(i, Object.fromEntries(Object.entries(rows).map(([k, v]) => [k, +med(v).toFixed(2)])), "max list", Math.max(...rows.list).toFixed(1)); rows = { list: [], begin: [], commit: [], flushes: [] }; }
}
await inner.close();
rmSync(folder, { recursive: true });
