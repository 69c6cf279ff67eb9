import { DBOS } from "@dbos-inc/dbos-sdk";
import { nodeFileSystem } from "@tetra/durable-fs";
import { hasPostgres, startPostgres } from "@tetra/test-postgres";
import { openFolderStore } from "@tetra/ttm-fs";
import { join } from "node:path";
import { inFolder, inTurn, many, millis, report } from "./measure.js";
import { engine, THREE_STEPS } from "./sagas.js";

/** The same three steps as a workflow of DBOS, whose log is in PostgreSQL. */
async function threeSteps() {
  for (const name of ["one", "two", "three"]) {
    await DBOS.runStep(async () => ({ ok: true }), { name });
  }
}

/** Sagas beside the same workflows on DBOS, both durable, on the same disk. */
export async function sagasAgainstDbos() {
  if (!hasPostgres()) {
    process.stdout.write("--   sagas against DBOS: there is no PostgreSQL here\n");
    return;
  }
  const postgres = await startPostgres();
  const workflow = DBOS.registerWorkflow(threeSteps, { name: "threeSteps" });
  DBOS.setConfig({
    name: "bench",
    applicationVersion: "1",
    systemDatabaseUrl: postgres.url,
    logLevel: "error",
  });
  await DBOS.launch();
  try {
    await inFolder(async (folder) => {
      const store = await openFolderStore({ folder: join(folder, "txns"), fs: nodeFileSystem() });
      const run = engine(store);
      // both have compiled what is called often before anything is measured
      await many(() => run.run(THREE_STEPS), { count: 1000, width: 8 });
      await many(workflow, { count: 300, width: 8 });
      for (const { width, ours, theirs, target } of [
        { width: 1, ours: 100, theirs: 50, target: 4 },
        { width: 64, ours: 2000, theirs: 320, target: 10 },
      ]) {
        const { a, b, ratio } = await inTurn({
          rounds: 5,
          a: async () =>
            ours / (await millis(() => many(() => run.run(THREE_STEPS), { count: ours, width }))),
          b: async () => theirs / (await millis(() => many(workflow, { count: theirs, width }))),
        });
        report({
          name: `sagas of three steps, ${width} at once, against DBOS on PostgreSQL`,
          figure: `${(a * 1000).toFixed(0)}/s against ${(b * 1000).toFixed(0)}/s`,
          ratio,
          target: `≥ ${target}`,
          reached: ratio >= target,
        });
      }
      await store.close();
    });
  } finally {
    await DBOS.shutdown();
    await postgres.stop();
  }
}
