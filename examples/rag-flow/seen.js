// What a model saw in the rounds of a flow, by the same package that the functions of the shell are made of:
// node seen.js [flow], in the project's folder.
import { loadFlow } from "@tetra/rag-adapter";
import { keptPrompt, parsePrompt, promptsOf } from "@tetra/rag-adapter/context";
import { openFolderStore } from "@tetra/ttm-fs";

// whoever reads may have seen enough: node seen.js | head -1
process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

const store = await openFolderStore({ folder: "rag/flows", mode: "read" });
try {
  const id = process.argv[2] ?? (await store.active()) ?? "";
  const { ragStage, transaction } = await loadFlow({ store }, id);
  const { description, iteration } = transaction.state;
  process.stdout.write(`${description}: ${ragStage} in round ${iteration}\n`);
  for (const { digest } of await promptsOf(store, id)) {
    const { text, record } = await keptPrompt(store, id, digest);
    const { evidence } = parsePrompt(text);
    process.stdout.write(`\n${digest}, ${record.tokens} tokens\n`);
    for (const { path, span } of evidence) process.stdout.write(`  ${path} ${span}\n`);
    for (const { path, reason } of record.leftOut) {
      process.stdout.write(`  without ${path}: ${reason}\n`);
    }
  }
} finally {
  await store.close();
}
