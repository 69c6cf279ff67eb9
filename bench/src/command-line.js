import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeFileSystem } from "@tetra/durable-fs";
import { openFolderStore } from "@tetra/ttm-fs";
import { transactionManager } from "@tetra/tts-core";
import { inFolder, inTurn, millis, report } from "./measure.js";

const app = fileURLToPath(new URL("../../apps/ttm/", import.meta.url));
/** The built command line. */
export const cli = join(app, JSON.parse(readFileSync(join(app, "package.json"), "utf8")).bin.ttm);

export async function startUp() {
  await inFolder(async (folder) => {
    const root = join(folder, "ttm/txns");
    const store = await openFolderStore({ folder: root, fs: nodeFileSystem() });
    const clock = { now: Date.now, offsetMinutes: () => 0 };
    const manager = transactionManager({ store, clock });
    await manager.create({ description: "deploy api v2" });
    await manager.transition("EXECUTE");
    await store.close();
    /** @param {readonly string[]} args */
    const start = async (args) =>
      millis(() => {
        const { status, stderr } = spawnSync(process.execPath, args, {
          env: { ...process.env, TETRA_DIR: folder },
        });
        if (status !== 0) throw new Error(String(stderr));
      });
    for (const { args, target } of [
      { args: [cli, "state"], target: 1.5 },
      { args: [cli, "--help"], target: 1.25 },
    ]) {
      const { a, b, ratio } = await inTurn({
        rounds: 20,
        a: () => start(args),
        b: () => start(["-e", "0"]),
      });
      report({
        name: `ttm ${args[1]}, against node -e 0`,
        figure: `${a.toFixed(0)} ms against ${b.toFixed(0)} ms`,
        ratio,
        target: `≤ ${target.toFixed(2)}`,
        reached: ratio <= target,
      });
    }
  });
}
