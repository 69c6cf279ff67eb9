import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeFileSystem } from "@tetra/durable-fs";
import { countingFileSystem } from "@tetra/durable-fs/testing";
import { openFolderStore } from "@tetra/ttm-fs";
import { transactionManager } from "@tetra/tts-core";
import { inFolder, median, millis, report } from "./measure.js";

/** What the original calls jq for in its deploy example: each change of the state, and reading it. */
const JQ_CALLS = 17;

/** The original's deploy example: evidence, target, run, validate, commit. */
export async function lifecycle() {
  await inFolder(async (folder) => {
    const artifact = join(folder, "app.tar.gz");
    const config = join(folder, "config.toml");
    writeFileSync(artifact, Buffer.alloc(50_000, 7));
    writeFileSync(config, "port = 8080\n");
    const counted = countingFileSystem(nodeFileSystem());
    const store = await openFolderStore({ folder: join(folder, "txns"), fs: counted.fs });
    const clock = { now: Date.now, offsetMinutes: () => 0 };
    const resolver = { resolve: async () => "staging.local" };
    const manager = transactionManager({ store, clock, resolver });
    const deploy = async () => {
      const { id } = await manager.create({ description: "deploy api v2.1.0", target: "@staging" });
      await manager.transition("SELECT", id);
      await manager.addContext({ source: { path: artifact }, description: "artifact" }, id);
      await manager.addContext({ source: { path: config }, description: "config" }, id);
      await manager.transition("ASSEMBLE", id);
      await manager.resolveTarget(id);
      await manager.transition("EXECUTE", id);
      await manager.transition("VALIDATE", id);
      await manager.commit(id);
    };
    await deploy();
    /** @type {number[]} */ const ours = [];
    /** @type {number[]} */ const jq = [];
    counted.reset();
    const rounds = 15;
    const hasJq = spawnSync("jq", ["--version"]).status === 0;
    for (let round = 0; round < rounds; round += 1) {
      ours.push(await millis(deploy));
      if (hasJq) jq.push(await millis(() => spawnSync("jq", ["."], { input: "{}" })));
    }
    const ms = median(ours);
    const theirs = hasJq
      ? `one jq call ${median(jq).toFixed(1)} ms, the original makes ${JQ_CALLS}`
      : "no jq here";
    report({
      name: "a whole deploy, durable",
      figure: `${ms.toFixed(1)} ms with ${(counted.flushes() / rounds).toFixed(1)} flushes; ${theirs}`,
      ratio: ms / 15,
      target: "≤ 1 of 15 ms",
      reached: ms <= 15,
    });
    await store.close();
  });
}
